#!/bin/bash
# SPDX-License-Identifier: MIT
# privmap in gVisor, a kernel in user space, which lacks many features of Linux: no program notices
# the library, clients clone with each engine, and privmapctl tells the truth. On a disk, and on a
# directory of the host that refuses mappings: gVisor maps its files anyway, and kills programs that
# touch them.
# shellcheck disable=SC2317,SC2016 # check calls the functions; the inner shell expands
set -euo pipefail
# In this namespace, sandboxes and mounts end with this script, even if it is killed.
if [ -z "${ISOLATED:-}" ]; then
	exec "$(dirname "${BASH_SOURCE[0]}")/../guest/isolated.sh" "$0" "$@"
fi
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../conform/differences.sh
. "$TOP/integration/conform/differences.sh"

disk=$WORK/disk mount=$WORK/mount
# shellcheck source-path=SCRIPTDIR source=../guest/gvisor/sandbox.sh
. "$TOP/integration/guest/gvisor/sandbox.sh"

if ! prepare_sandboxes; then
	skip 'gVisor' "$answer"
	t_end
fi

mkdir -p "$WORK/source"
mount_refusing "$WORK/source" "$mount"
cd "$disk"
is_gvisor() {
	inside dmesg | grep -i gvisor
}
check 'the inner script runs in gVisor' is_gvisor

# --- conformance ---

# Nothing is refused on the disk. "always" serves copies in gVisor's own memory file: an access
# beyond the end gives BUS_ADRALN, and mlock fails there. gVisor does not know MAP_SHARED_VALIDATE,
# which "always" maps; one case cannot run because of that. Two cases make thousands of mappings,
# and search all of maps for each.
cases=$WORK/cases
without=contents.ways-to-ask,limits.data-and-many,halfway.moved-by-the-thousand
"$BUILD/integration/conform" --list | grep -vxF "${without//,/$'\n'}" >"$cases"
echo 'when = "always"; rules = ( { action = "buffer" } ); buffer = { memory = "256M"; };' >"$WORK/always.conf"

# answers_of MODE COMMAND...: $WORK/MODE.out gets the answers of all cases.
answers_of() {
	local mode=$1
	shift
	mkdir -p "$disk/$mode"
	inside "$@" --seconds 300 --but "$without" "$disk/$mode" >"$WORK/$mode.out" 2>"$WORK/$mode.err"
}
as_on_linux() {
	sed -i -e 's/BUS_ADRALN/BUS_ADRERR/' -e 's/^\(locked.past-the-end: mlock: \)EFAULT/\10/' \
		-e 's/^\(errors.types: 3: \)mapped/\1EINVAL/' \
		-e 's/^\(errors.flags: validated, MAP_[A-Z]*: \)mapped/\1EINVAL/' "$WORK/$1.out"
}
ran() {
	local status=0
	wait "$2" || status=$?
	cat "$WORK/$1.err"
	echo "status $status, $(wc -l <"$WORK/$1.out") lines"
	[ "$status" -eq 0 ] && [ ! -s "$WORK/$1.err" ] && [ "$(wc -l <"$WORK/$1.out")" -gt 2000 ]
}

conform=$BUILD/integration/conform library=$BUILD/libprivmap.so
answers_of disk "$conform" &
alone=$!
answers_of loaded env LD_PRELOAD="$library" "$conform" &
loaded=$!
answers_of always env LD_PRELOAD="$library" PRIVMAP_CONFIG="$WORK/always.conf" "$conform" &
always=$!
check 'conformance: alone' ran disk "$alone"
check 'conformance: the library loaded, nothing refused' ran loaded "$loaded"
check '  no line differs' diff -u "$WORK/disk.out" "$WORK/loaded.out"
check 'conformance: every file is served by a copy' ran always "$always"
as_on_linux always
# Features that gVisor lacks are missing with and without privmap. By /proc/PID/mem, gVisor writes
# to any mapping of a file that is open for writing, but never to one of a copy.
nobody_writes=$'EFAULT\nthe mapping shows a, the file has a'
while read -r name; do
	if [ "$name" = access.by-its-memory-file ]; then
		equal "always: $name: nobody writes to a copy" "$nobody_writes"$'\n'"$nobody_writes" "$(answers always "$name")"
	elif [ -z "$(expected always "$name")" ] || [ "$(answers disk "$name")" = "$(known disk "$name")" ]; then
		judge always "$name"
	else
		equal "always: $name, which gVisor cannot do" "$(answers disk "$name")" "$(answers always "$name")"
	fi
done <"$cases"

# --- clones: the server runs inside, too ---

gix=$(client gix)
gix_static=$(client gix-static)
"$TOP/integration/lib/repository.sh" --tiny "$disk/served"
git clone --quiet "$disk/served/x.git" "$disk/git"

# clones DIR [COMMAND...] GIX: clones from a server on the loopback of the same sandbox; COMMAND
# runs GIX.
clones() {
	local dir=$1
	shift
	inside bash -c '
		url=git://127.0.0.1:9418/x.git base=$1 dir=$2
		shift 2
		"$(git --exec-path)/git-daemon" --export-all --base-path="$base" --listen=127.0.0.1 &
		for try in {1..1000}; do
			! git ls-remote "$url" HEAD >/dev/null 2>&1 || break
			sleep 0.05
		done
		"$@" --no-verbose clone "$url" "$dir"' bash "$disk/served" "$dir" "$@" >"$out" 2>"$err"
}
clones_whole() {
	local status=0
	clones "$@" || status=$?
	cat "$err"
	[ "$status" -eq 0 ] && [ ! -s "$err" ] && whole "$1" "$disk/git"
}
# clones_served FIELD DIR COMMAND...: COMMAND writes a report, in which FIELD, converted or
# buffered, is not 0.
clones_served() {
	local field=$1
	shift
	rm -f report
	clones_whole "$@" || return
	cat report
	grep -q "\"$field\":[1-9]" report
}
# dies SIGNAL COMMAND...
dies() {
	local want=$1 status=0
	shift
	"$@" || status=$?
	echo "status $status"
	[ "$status" -eq $((128 + $(kill -l "$want"))) ]
}

privmap=$BUILD/privmap
always=(-c "$WORK/always.conf" --report="$disk/report")
check 'gix clones on a disk: alone' clones_whole "$disk/gix-alone" "$gix"
check '  preloaded' clones_whole "$disk/gix-preloaded" env LD_PRELOAD="$library" "$gix"
check '  under privmap' clones_whole "$disk/gix-privmap" "$privmap" "$gix"
check '  traced' clones_whole "$disk/gix-traced" "$privmap" -e trace "$gix"
check '  static and traced' clones_whole "$disk/gix-static" "$privmap" "$gix_static"
check '  preloaded, by copies' clones_served buffered "$disk/gix-copies" "$privmap" "${always[@]}" "$gix"

check '  static and traced, by copies' \
	clones_served buffered "$disk/gix-static-copies" "$privmap" "${always[@]}" "$gix_static"

check 'gix alone dies where the host refuses mappings' dies SEGV clones "$mount/gix-alone" "$gix"
check '  also under privmap, because nothing is refused' dies SEGV clones "$mount/gix-privmap" "$privmap" "$gix"
check '  but not under a rule that does not wait for that' \
	clones_served buffered "$mount/gix-copies" "$privmap" "${always[@]}" "$gix"
check '  nor a static one' \
	clones_served buffered "$mount/gix-static-copies" "$privmap" "${always[@]}" "$gix_static"

# --- messages ---

# says_json STATUS PYTHON COMMAND...: ends with STATUS, and PYTHON is true for its JSON, as r.
says_json() {
	local want=$1 test=$2 status=0
	shift 2
	inside "$@" >"$out" 2>"$err" || status=$?
	cat "$err" "$out"
	[ "$status" -eq "$want" ] && [ ! -s "$err" ] && "$python" -c 'import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(not eval("(" + sys.argv[2] + ")"))' "$out" "$test"
}
ctl=$BUILD/privmapctl
rule='when = "always"; action = "buffer"'
check 'doctor: a disk' says_json 0 'not r[0]["refuses"] and not r[0]["kills"] and r[0]["filesystem"] == "9p" and
	r[0]["mounted_on"] == r[0]["directory"]' "$ctl" doctor --json "$disk"
check 'doctor: where the host refuses mappings' says_json 1 "r[0]['kills'] and r[0]['filesystem'] == '9p' and
	[(m['signal'], m['rule']) for m in r[0]['mappings']] == [('SIGSEGV', '$rule')] * 2 + [('SIGSEGV', None)] * 3 and
	len(r[0]['remedies']) == 1 and 'on the host' in r[0]['remedies'][0]" "$ctl" doctor --json "$mount"
check 'doctor: the installation' says_json 0 'r["problems"] == []' "$ctl" doctor --json
check 'doctor: programs' says_json 0 '[p["engine"] for p in r] == ["preload", "trace"]' \
	"$ctl" doctor --json "$gix" "$gix_static"
echo "rules = ( { filesystem = \"9p\"; $rule; } );" >"$WORK/9p.conf"
head -c 5000 /dev/urandom >"$disk/file"
check 'why: by the filesystem' says_json 0 'r["served"] and r["always"] and r["filesystem"] == "9p" and
	r["rule"] == 1' env PRIVMAP_CONFIG="$WORK/9p.conf" "$ctl" why --json "$disk/file"
served_by_filesystem() {
	inside env PRIVMAP_CONFIG="$WORK/9p.conf" LD_PRELOAD="$library" PRIVMAP_LOG=info \
		"$BUILD/integration/programs/mapkinds" "$disk/file" >"$out" 2>"$err"
	cat "$out" "$err"
	grep -q "^privmap: buffered $disk/file, .*, line 1\$" "$err"
}
check '  so does the engine' served_by_filesystem

# --- children: gVisor wipes nothing at a fork (no MADV_WIPEONFORK) ---

# Neither of these two programs reports what the other did.
reports_once() {
	rm -f report
	inside "$privmap" "${always[@]}" "$python" -c 'import mmap, os, sys
with open(sys.argv[1], "rb") as file:
    kept = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
if os.fork():
    os.wait()' "$disk/file" >"$out" 2>"$err"
	cat "$err" report
	[ "$(grep -c '"buffered":1,' report)" -eq 1 ] && [ "$(wc -l <report)" -eq 1 ]
}
check 'a child does not report mappings of its parent' reports_once

# --- the tracer ---

ends_as_alone() {
	local status=0
	dies TERM inside "$privmap" -e trace sh -c 'kill -TERM $$' || return
	inside "$privmap" -e trace sh -c 'exit 7' || status=$?
	[ "$status" -eq 7 ]
}
check 'the tracer ends as the program does' ends_as_alone

t_end
