#!/bin/bash
# SPDX-License-Identifier: MIT
# What privmap prints about its work, on a mount that refuses shared mappings, and
# that it prints nothing else. (engines.sh tests the messages of the engines, outputs.sh
# unusual files as outputs, security.sh the files that are never written to.)
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=messages-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/messages-lib.sh"

# --- silence ---

for way in "$privmap" preloaded; do
	check "nothing is said by itself, converted: ${way##*/}" ends 0 '' "$way" "$mapkinds" "$in"
	check "nothing is said by itself, left: ${way##*/}" ends 0 '' "$way" "$mapkinds" "$out_of"
done

# --- the report on stderr ---

left_out="privmap:   $out_of: no rule matches; $advice"
check '-r: converted' says 'privmap: 3 converted \(12288 bytes\), 2 left' "privmap:   $in: $written" -- \
	"$privmap" -r "$mapkinds" "$in"
check '-r: left, with the remedy' says 'privmap: 0 converted \(0 bytes\), 5 left' "$left_out" \
	"privmap:   $out_of: $written" -- "$privmap" -r "$mapkinds" "$out_of"
check '-r: nothing refused' says 'privmap: nothing was refused' -- "$privmap" -r "$mapkinds" /etc/passwd
check '-r: one sum of all programs of a script' says 'privmap: 6 converted \(24576 bytes\), 9 left' \
	"privmap:   $in: $written" "$left_out" "privmap:   $out_of: $written" -- "$privmap" -r \
	sh -c "'$mapkinds' '$in'; '$mapkinds' '$out_of'; '$mapkinds' '$in'"

# However COMMAND ends, and whatever its stderr is.
survives() {
	{ "$@" 2>&4 >/dev/null; } 4>&2 2>/dev/null || :
}
for engine in preload trace; do
	for ends in 'None' 'os._exit(3)' 'os.kill(os.getpid(), 9)' 'os.execv("/bin/true", ["true"])' 'os.abort()' \
		'os.fork() and os.wait()' 'os.closerange(0, 1000)' 'os.setsid()'; do
		check "-r, $engine: $ends" says 'privmap: 0 converted \(0 bytes\), 1 left' "$left_out" -- \
			survives "$privmap" -e "$engine" -r "$python" -c \
			"from maps import *; shared('$out_of'); $ends"
	done
done
# A program that then reads the file has not failed. Reads before that, of another file, or between
# two refusals (as by privmap itself) do not count.
read_after() {
	"$privmap" -e "$1" "$2" "$python" -c 'from maps import *
for n in range(20):
    fd = os.open(f"mount/fallback/{n}", os.O_RDONLY)
    if sys.argv[1] == "before": os.pread(fd, 10, 0)
    try: mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ)
    except OSError: pass
    if sys.argv[1] == "after": os.pread(fd, 10, 0)
    if sys.argv[1] == "other": open("mount/out").read()
    if sys.argv[1] == "between":
        os.pread(fd, 10, 0)
        shared(f"mount/fallback/{n}")
    os.close(fd)
if sys.argv[1] == "last":
    open("mount/fallback/17").read()' "$3"
}
mkdir mount/fallback
for n in {0..19}; do
	cp "$out_of" "mount/fallback/$n"
done
for engine in preload trace; do
	check "-r, $engine: what a program reads instead is not called left" \
		says 'privmap: 0 converted \(0 bytes\), 0 left, read by the program instead: 20' -- \
		read_after "$engine" -r after
	for what in before other between; do
		check "  but reading $what is nothing to it" says 'privmap: 0 converted \(0 bytes\), [24]0 left' \
			'privmap:   .*/fallback/0 and 19 like it: no rule .*' -- read_after "$engine" -r "$what"
	done
	check '  nor is what privmap reads, in others that map the file' says \
		'privmap: 0 converted \(0 bytes\), 6 left' "$left_out" -- \
		"$privmap" -e "$engine" -r "$python" -c 'from maps import *
shared(sys.argv[1])
for n in range(5):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        shared(sys.argv[1])
        os._exit(0)' "$out_of"
	check '  and one that is read is one' says \
		'privmap: 0 converted \(0 bytes\), 19 left, read by the program instead: 1' \
		'privmap:   .*/fallback/0 and 18 like it: no rule .*' -- read_after "$engine" -r last
done
# A stopped privmap does not receive instances: the program makes only the first ones.
many_after() {
	says 'privmap: 0 converted \(0 bytes\), 0 left, read by the program instead: 400' -- \
		"$privmap" -r sh -c 'strace -qq -o trace -e trace=inotify_init1 "$@" $PPID' sh "$python" -c 'from maps import *
import signal, time
privmap = int(sys.argv[1])
def is_state(letters): return open(f"/proc/{privmap}/stat").read().rpartition(")")[2].split()[0] in letters
os.kill(privmap, signal.SIGSTOP)
while not is_state("Tt"): time.sleep(0.01)
for n in range(400):
    with open(f"mount/fallback/{n}", "rb") as file:
        try: mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
        except OSError: file.read(10)
os.kill(privmap, signal.SIGCONT)' || return
	echo "instances: $(wc -l <trace)"
	[ "$(wc -l <trace)" -le 33 ]
}
for n in {20..399}; do
	cp "$out_of" "mount/fallback/$n"
done
check '-r: of many files that are read instead, the first ones are watched' many_after
kept_apart() {
	"$privmap" -r sh -c "'$mapkinds' '$out_of' 2>child" 2>own >"$out"
	cat child own
	[ ! -s child ] && [ "$(wc -l <own)" -eq 3 ]
}
check '-r: nothing is written where the stderr of a child goes' kept_apart
not_private() {
	"$BUILD/integration/refusers/mmapworld" --refuse private --below "$WORK/mount" -- \
		"$privmap" -c shared.conf -r "$python" -c 'from maps import *
try: mmap.mmap(os.open(sys.argv[1], os.O_RDONLY), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)
except OSError: pass' "$out_of"
}
echo 'rules = ( { path = "*"; kind = "shared"; action = "buffer"; } );' >shared.conf
check '-r: a private mapping under a rule for shared ones' says 'privmap: 0 converted \(0 bytes\), 1 left' \
	"privmap:   $out_of: mapped privately, and no rule for that matches; $advice" -- not_private
status_of() {
	ends "$1" '' sh -c '"$@" 2>/dev/null' sh "$privmap" -r sh -c "$2"
}
check '-r: its exit status' status_of 7 'exit 7'
check '-r: its death by a signal' status_of 143 'kill $$'
mkdir mount/store
for n in {1..12}; do
	mkdir "mount/d$n"
	cp "$out_of" "mount/d$n/x.bin"
	cp "$out_of" "mount/store/00000$n.ldb"
done
check '-r: files that one glob serves stand together, and ten such at most' says \
	'privmap: 0 converted \(0 bytes\), 24 left' \
	"privmap:   $WORK/mount/store/000001.ldb and 11 like it: no rule .*/mount/store/\*'" \
	"privmap:   $WORK/mount/d"{1..9}"/x\.bin: no rule .*/x?\*\.bin'" 'privmap:   and 3 more' -- \
	"$privmap" -r "$python" -c 'from maps import *
for n in range(12): shared(f"mount/store/00000{n + 1}.ldb")
for n in range(12): shared(f"mount/d{n + 1}/x.bin")'
pasted() {
	local advice
	advice=$("$privmap" -r "$python" -c 'from maps import *
shared(sys.argv[1])' "$1" 2>&1 | sed -n "s/.*; served by \\(--path '.*'\\)$/\\1/p")
	echo "$advice"
	[ -n "$advice" ] &&
		eval "\"\$privmap\" $advice -r \"\$python\" -c 'from maps import *
shared(sys.argv[1])' \"\$1\"" 2>"$err"
	cat "$err"
	grep -q ' 1 converted' "$err"
}
for name in it\'s 'a:b' 'a\b' '[a-z]*?' $'new\nline' '"' 'a\:b' '[[:alpha:]]'; do
	mkdir -p "mount/$name"
	cp "$out_of" "mount/$name/x.bin"
	check "the advice works when it is pasted: $(printf %q "$name")" pasted "$WORK/mount/$name/x.bin"
done

# Programs in another user namespace cannot open the record: unshare(1) is the last one that counts.
silent='privmap:   could not report, like their children: 1 \(another user or user namespace, or no /proc\)'
if unshare -r true 2>unshare.err; then
	check '-r: what cannot report is counted' says 'privmap: nothing was refused in the programs that could report' \
		"$silent" -- "$privmap" -r unshare -r "$mapkinds" "$out_of"
	check '  beside what can' says 'privmap: 0 converted \(0 bytes\), 5 left' "$left_out" "privmap:   $out_of: $written" "$silent" -- \
		"$privmap" -r sh -c 'unshare -r "$@"; exec "$@"' sh "$mapkinds" "$out_of"
	check '  the tracer counts it' says 'privmap: 0 converted \(0 bytes\), 5 left' "$left_out" "privmap:   $out_of: $written" -- \
		"$privmap" -e trace -r unshare -r "$mapkinds" "$out_of"
else
	skip '-r: what cannot report is counted' "$(head -n 1 unshare.err)"
fi
# Nor can those of another user. A static one needs no library that this user may not read.
if [ "$(id -u)" -eq 0 ]; then
	chmod 711 "$WORK"
	install -m 755 "$mapkinds-static" kinds
	check '-r: so is what runs as another user' says 'privmap: nothing was refused in the programs that could report' \
		"$silent" -- "$privmap" -r "$python" -c 'import os; os.setuid(65534); os.execv("kinds", ["kinds", "/etc/passwd"])'
else
	skip '-r: so is what runs as another user' 'only root can become another one'
fi

# --- the report in a file ---

# reports PYTHON COMMAND...: PYTHON is true for the lines of the file `report`, a list r; names that
# are not UTF-8 are decoded as by Python.
reports() {
	local test=$1
	shift
	"$@" >"$out" 2>"$err" || echo "exit status $?"
	cat "$err"
	[ ! -e report ] || cat report
	[ ! -s "$err" ] && "$python" - "$test" <<-'END'
		import json, os, sys
		lines = open("report", encoding="utf-8").read().split("\n") if os.path.exists("report") else [""]
		assert lines.pop() == ""
		r = [json.loads(line) for line in lines]
		wanted = ["schema", "kind", "program", "pid", "converted", "converted_bytes", "buffered", "buffered_bytes", "denied", "left", "left_files", "read_instead"]
		for line in r:
		    assert line["schema"] == 1 and (line["kind"] == "unreached" or list(line) == wanted), list(line)
		print(r, sys.argv[1])
		sys.exit(not eval("(" + sys.argv[1] + ")"))
	END
	set -- $?
	rm -f report
	return "$1"
}

check 'JSON: converted' reports "len(r) == 1 and r[0]['program'] == '$mapkinds' and
	[r[0][k] for k in ('converted', 'converted_bytes', 'denied', 'left')] == [3, 12288, 0, 2] and
	[f['why'] for f in r[0]['left_files']] == ['$written']" "$privmap" --report=report "$mapkinds" "$in"
check 'JSON: left' reports "len(r) == 1 and r[0]['left'] == 5 and len(r[0]['left_files']) == 2 and
	r[0]['left_files'][0]['path'] == '$out_of' and r[0]['left_files'][0]['why'] == 'no rule matches' and
	r[0]['left_files'][0]['served_by'].endswith(\"/mount/*'\") and
	r[0]['left_files'][1] == { 'path': '$out_of', 'why': '$written' }" \
	"$privmap" --report=report "$mapkinds" "$out_of"
check 'JSON: what is read instead' reports 'r[0]["left"] == 0 and r[0]["left_files"] == [] and
	r[0]["read_instead"] == 20' read_after preload --report=report after
if unshare -r true 2>unshare.err; then
	check 'JSON: what cannot report is counted' reports 'r == [{"schema": 1, "kind": "unreached",
		"privileges": 0, "traced": 0, "untraceable": 0, "silent": 1}]' "$privmap" --report=report unshare -r true
fi
# too_short SIZE: a file with the name of a record that is too short does no harm.
too_short() {
	LD_PRELOAD=$BUILD/libprivmap.so:$BUILD/libprivmap-exec.so "$python" - "$@" <<-'END'
		import fcntl, os, subprocess, sys
		fd = os.memfd_create("privmap-report", os.MFD_ALLOW_SEALING)
		os.ftruncate(fd, int(sys.argv[1]))
		fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
		env = dict(os.environ, PRIVMAP_REPORT=f"/proc/{os.getpid()}/fd/{fd}")
		for command in ["true"], ["sh", "-c", "true; exec true"]:
		    print(subprocess.run(command, env=env, check=True))
	END
}
for size in 0 64 4096; do
	check "a record of $size bytes" too_short "$size"
done
check 'JSON: COMMAND in another directory' reports 'len(r) == 1' \
	"$privmap" --report=report sh -c "cd /; exec '$mapkinds' '$in'"
check 'JSON: nothing done' reports 'r == []' "$privmap" --report=report true
check 'JSON: the id of the process' reports "r[0]['pid'] == int(open('pid').read())" \
	"$privmap" --report=report sh -c "echo \$\$ >pid; exec '$mapkinds' '$in'"

odd="$WORK/mount/"$'odd "\\\x27 \n\t\x01\x7f\xff\xc3\xa9 *?[a] %p'
cp "$in" "$odd"
check 'JSON: odd names' reports "{os.fsencode(f['path']) for f in r[0]['left_files']} == {os.fsencode(
	open('$WORK/odd', 'rb').read())}" \
	"$privmap" --report=report sh -c 'printf %s "$2" >odd; exec "$1" "$2"' sh "$mapkinds" "$odd"
check 'an odd name on stderr is one line' says 'privmap: .* left' \
	"privmap: .*odd \"\\\\' .* no rule .*" "privmap: .*odd \"\\\\' \\\\n\\\\t\\\\x01\\\\x7f.* \*\?\[a\] %p: $written" -- "$privmap" -r \
	"$mapkinds" "$odd"
long=$WORK/mount
for n in {1..5}; do
	long+=/$(printf '%0250d' "$n")
done
mkdir -p "$long" && cp "$out_of" "$long/file"
check 'a name that is too long for the report' says 'privmap: .* [1-9] left' \
	'privmap:   [1-9] with an unknown or very long name; -v tells more' -- \
	"$privmap" -r "$mapkinds" "$long/file"
lines_of_20() {
	local n programs=()
	for n in {1..20}; do
		"$privmap" --report=report "$mapkinds" "$odd" &
		programs[n]=$!
	done
	wait "${programs[@]}"
}
check 'JSON: twenty programs at once' reports "len(r) == 20 and len({line['pid'] for line in r}) == 20" \
	lines_of_20
# Both tell what the inner one's COMMAND did.
nested() {
	"$privmap" "$@" "$privmap" -r sh -c "'$mapkinds' '$in'" 2>inner && grep -q 'privmap: .* left' inner
}
check 'JSON: another privmap --report inside' reports \
	"len(r) == 1 and len(r[0]['left_files']) > 0 and r[0]['left'] > 0" nested --report=report
nested_sums() {
	nested -r && [ "$(grep -c 'privmap: .* left' inner)" -eq 2 ] && [ "$(sort inner | uniq -d | wc -l)" -eq \
		"$(($(wc -l <inner) / 2))" ]
}
check '  on stderr: the same twice' nested_sums
# report_on FD ARG...: to a descriptor that privmap has got, which is a pipe.
report_on() {
	"$privmap" --report="$1" "${@:2}" "$mapkinds" "$in" 3>&1 >/dev/null | cat >report
}
check 'JSON: to a descriptor' reports 'len(r) == 1' report_on /dev/fd/3
check '  also of a traced program' reports 'len(r) == 1' report_on /dev/fd/3 -e trace
to_stdout() {
	"$privmap" --report=/dev/stdout "$mapkinds" "$in" | tail -n 1 >report
}
check '  to /dev/stdout' reports 'len(r) == 1' to_stdout
check '  to a descriptor for reading' ends 125 "privmap: --report '/dev/fd/3': Bad file descriptor" \
	"$privmap" --report=/dev/fd/3 true 3</dev/null
# The reader has the pipe before COMMAND starts, and would see its end when COMMAND ends.
to_fifo() {
	cat told >report &
	(exec 4>told && exec "$privmap" --report=told "$mapkinds" "$in") && wait $!
}
mkfifo told
check '  to a FIFO' reports 'len(r) == 1' to_fifo
rm told
only_named_by_id() {
	"$privmap" --report=told-%p "$mapkinds" "$in" && [ ! -e told-%p ] && cat told-[0-9]* >report && rm told-*
}
check '  to a file named by the process alone' reports 'len(r) == 1' only_named_by_id

way=("$privmap" --report=report)
mkdir mount/many
for n in {1..20}; do
	cp "$out_of" "mount/many/$n"
done
for_each() {
	python 'for n in list(range(20)) * 3: shared(f"mount/many/{n + 1}")'
}
check 'JSON: a file is named once' reports "r[0]['left'] == 60 and len(r[0]['left_files']) == 20 and
	len({f['path'] for f in r[0]['left_files']}) == 20" for_each
way=(env PRIVMAP_REPORT="$WORK/report" LD_PRELOAD="$BUILD/libprivmap.so")
check '  and the sixteenth no more, where the program tells it' reports \
	"r[0]['left'] == 60 and len(r[0]['left_files']) == 15 and
	len({f['path'] for f in r[0]['left_files']}) == 15" for_each
way=("$privmap" --report=report)
check 'JSON: a child reports what it did itself' reports \
	"sorted((line['converted'], line['left']) for line in r) == [(1, 0), (1, 1)]" \
	python 'shared(IN)
if os.fork():
    os.wait()
else:
    shared(OUT_OF)
    shared(IN)'
check 'JSON: a child that did nothing reports nothing' reports 'len(r) == 1' python 'shared(IN)
if os.fork(): os.wait()'
PRIVMAP_REPORT=$WORK/none/report check 'a missing directory harms nobody' \
	ends 0 '' preloaded "$mapkinds" "$in"

# --- the log ---

wrong='LEVEL\[:TARGET\] expected; LEVEL is off, error, warn, info or debug'
for value in loud info: :stderr; do
	PRIVMAP_LOG=$value check "log: PRIVMAP_LOG=$value is said" \
		says "privmap: PRIVMAP_LOG=$value: $wrong" -- preloaded "$mapkinds" "$in"
done
check '  and nothing is served less' grep -qx 'shared read, O_RDONLY: private' "$out"
PRIVMAP_LOG='' check 'log: an empty PRIVMAP_LOG' says -- preloaded "$mapkinds" "$in"
no_syslog() {
	in_own_dev env LD_PRELOAD="$BUILD/libprivmap.so" PRIVMAP_LOG=info:syslog "$mapkinds" "$in"
}
if in_own_dev true 2>unshare.err; then
	check 'log: nobody listens to syslog' ends 0 '' no_syslog
else
	skip 'log: nobody listens to syslog' "no /dev of our own: $(head -n 1 unshare.err)"
fi

PRIVMAP_DISABLE=1 check 'PRIVMAP_DISABLE=1 -r' says \
	'privmap: nothing was served or counted: PRIVMAP_DISABLE is set' -- "$privmap" -r "$mapkinds" "$in"
t_end
