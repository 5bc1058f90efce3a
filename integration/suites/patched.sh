#!/bin/bash
# SPDX-License-Identifier: MIT
# Patched static programs and Go programs on the refusing mount: started directly, they clone and
# read as git does, which the originals cannot. Undo restores each byte.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../clients/gix-jobs.sh
. "$TOP/integration/clients/gix-jobs.sh"

mount=$WORK/mount
bin=$WORK/bin
gix=$bin/gix
mkdir "$bin" "$WORK/source"
"$TOP/integration/lib/repository.sh" --small "$WORK/served"
serve_repositories "$WORK/served"
url=$GITURL/x.git
mount_refusing "$WORK/source" "$mount" --timeout=1
cd "$mount"
# gogit reads no pack without a reverse index, which git does not always write.
git -c pack.writeReverseIndex=true clone --quiet "$url" git
git -C git cat-file --batch-all-objects --batch-check='%(objectname)' | awk 'NR % 8 == 0' >"$WORK/names"

# patched NAME [--launcher]: patches it, and privmapctl says so.
patched() {
	"$BUILD/privmapctl" patch "${@:2}" "$bin/$1" && "$BUILD/privmapctl" doctor "$bin/$1" >"$WORK/doctor" || return
	cat "$WORK/doctor"
	if [ $# -gt 1 ]; then
		grep -q '^  patched: a launcher runs it' "$WORK/doctor"
	else
		grep -q '^  patched: it serves itself' "$WORK/doctor" && grep -q '^  engine: patched' "$WORK/doctor"
	fi
}
undone() {
	"$BUILD/privmapctl" patch --undo "$bin/$1" && cmp "$bin/$1" "$2" && [ ! -e "$bin/$1.privmap-original" ]
}
cats_as_git() {
	prints_as_git "git -C git cat-file --batch <'$WORK/names'" "$@" cat git <"$WORK/names"
}

# --- gix 0.33, as it was released ---

original=$(client gix-static)
cp "$original" "$gix"
check 'gix alone cannot clone' says 'No such device \(os error 19\)' plain_gix clone "$url" alone
check '  it is patched' patched gix
clones_gix() {
	quietly "$gix" --no-verbose clone "$url" gix && whole "$mount/gix" "$mount/git"
}
check '  it clones' clones_gix
by_child() {
	quietly sh -c 'exec 3<&0; cd /; PATH=$0:$PATH; gix --no-verbose clone "$1" "$2" & wait $!' "$bin" "$url" \
		"$mount/child" && whole "$mount/child" "$mount/git"
}
check '  as the child of a shell, through PATH' by_child
check '  it is undone' undone gix "$original"
check '  alone it cannot clone again' says 'No such device \(os error 19\)' plain_gix clone "$url" again

# --- libgit2 and go-git ---

clones() {
	quietly "$bin/$1" clone "$url" "$1" && whole "$mount/$1" "$mount/git"
}
# reads NAME ORIGINAL MESSAGE [--launcher]: the original fails with MESSAGE.
reads() {
	cp "$2" "$bin/$1"
	check "$1 alone cannot read" says "$3" "$bin/$1" cat git <"$WORK/names"
	check '  it is patched' patched "$1" "${@:4}"
	check '  it reads as git does' cats_as_git "$bin/$1"
	[ "$1" != libgit2 ] || check '  it clones' clones "$1" # go-git clones without a mapping
	check '  it is undone' undone "$1" "$2"
	check '  alone it cannot read again' says "$3" "$bin/$1" cat git <"$WORK/names"
}
reads libgit2 "$(client libgit2-static)" 'object not found'
gogit=$(client gogit)
reads gogit "${gogit%/*}/gogit" 'cannot create mmap.*no such device'
# It has a dynamic linker.
reads gogit-cgo "${gogit%/*}/gogit-cgo" 'cannot create mmap.*no such device' --launcher

# --- busybox, whose name chooses the applet ---

original=$(type -P busybox) || :
if [ -n "$original" ] && ! readelf -lW "$original" | grep -q INTERP; then
	cp "$original" "$bin/busybox"
	ln -s busybox "$bin/tac"
	ln -s "$bin/busybox" "$WORK/wc"
	same_applets() {
		local how
		for how in plain patched; do
			{
				"$bin/tac" "$WORK/names" | "$WORK/wc" -c
				"$bin/busybox" sh -c 'echo "$0 $*"; exit 7' a 'b  c' || echo "status $?"
				printf 'echo "$0" script; kill -9 $$\n' >"$WORK/script"
				(exec -a ash "$bin/busybox" "$WORK/script") || echo "status $?"
				"$bin/busybox" nothing 2>&1 || echo "status $?"
			} 2>&1 | grep -v Killed >"$WORK/$how" # bash prints this, with the pid
			[ "$how" = patched ] || patched busybox
		done
		diff "$WORK/plain" "$WORK/patched" && grep -q 'status 137' "$WORK/plain"
	}
	check 'busybox: each applet by its name, patched as before' same_applets
	check '  it is undone' undone busybox "$original"
else
	skip 'busybox' 'there is no static one'
fi

# --- each mapping is served once, by the kernel's trace events: strace cannot trace a traced
# program ---

# In a new mount namespace: nothing is left, even after an interrupt.
watched() {
	unshare -m sh -c 'instance=$0/instances/privmap-$$
		mount -t tracefs tracefs "$0" && mkdir "$instance" || exit
		trap "rmdir \"$instance\"" EXIT
		echo 1 >"$instance/options/event-fork" && echo 1 >"$instance/events/syscalls/sys_enter_mmap/enable" &&
			echo 1 >"$instance/events/syscalls/sys_exit_mmap/enable" && echo $$ >"$instance/set_event_pid" || exit
		"$@" >&2 || exit
		echo 0 >"$instance/tracing_on"
		cat "$instance/trace"' "$WORK/tracing" "$@"
}
# kernel_saw COMMAND...: prints the mmap(2) calls of mapkinds for its file below COMMAND, one page
# each, and their results, without addresses.
kernel_saw() {
	watched "$@" >"$WORK/trace" 2>"$WORK/run" || return
	sed -nE 's/^ *mapkinds[^ ]*-[0-9]+ .*: (sys_mmap.*)/\1/p' "$WORK/trace" |
		sed -E 's/ -> 0x[0-9a-f]{1,14}$/ -> mapped/; s/addr: [0-9a-fx]+/addr/; s/fd: [0-9a-f]{1,3},/fd,/' |
		awk '/len: 0x1000,.* fd,/ { print; kept = 1; next } kept { print; kept = 0 }'
}
# once_below FILE COMMAND...: below COMMAND, mapkinds makes the calls in FILE.
once_below() {
	local wanted=$1
	shift
	kernel_saw "$@" >"$WORK/saw" && [ "$(grep -c : "$wanted")" -eq 7 ] && diff "$wanted" "$WORK/saw"
}
mkdir "$WORK/tracing"
if watched env true >"$WORK/trace" 2>"$WORK/why" && grep -q sys_mmap "$WORK/trace"; then
	mkdir "$mount/k.git"
	head -c 5000 /dev/zero >"$mount/k.git/in"
	for name in mapkinds mapkinds-static started started-static; do
		cp "$BUILD/integration/programs/$name" "$bin"
	done
	kernel_saw "$bin/mapkinds" "$mount/k.git/in" >"$WORK/unserved"
	kernel_saw "$BUILD/privmap" -e trace "$bin/mapkinds" "$mount/k.git/in" >"$WORK/dynamic"
	kernel_saw "$BUILD/privmap" "$bin/mapkinds-static" "$mount/k.git/in" >"$WORK/static"
	fewer_refused() {
		[ "$(grep -c ffffffed "$WORK/unserved")" -gt "$(grep -c ffffffed "$WORK/dynamic")" ] &&
			[ "$(grep -c mapped "$WORK/static")" -gt 4 ]
	}
	check 'the trace events show what privmap does' fewer_refused
	check '  a static program of a dynamic one of a patched one' eval 'patched started-static --launcher &&
		once_below "$WORK/static" "$bin/started-static" by posix_spawn "$bin/started" by posix_spawn "$bin/mapkinds-static" \
			"$mount/k.git/in"'
	check '  a dynamic one of a patched one' once_below "$WORK/dynamic" "$bin/started-static" by execve "$bin/mapkinds" \
		"$mount/k.git/in"
	check '  a patched one of a dynamic one of a patched one' eval 'patched mapkinds-static --launcher &&
		once_below "$WORK/static" "$bin/started-static" by posix_spawn "$bin/started" by execve "$bin/mapkinds-static" \
			"$mount/k.git/in"'
	check '  the same, all of it under privmap' once_below "$WORK/static" "$BUILD/privmap" "$bin/started-static" \
		by posix_spawn "$bin/started" by execve "$bin/mapkinds-static" "$mount/k.git/in"
	check '  a dynamic one of a patched one of a dynamic one, under privmap' once_below "$WORK/dynamic" \
		"$BUILD/privmap" "$bin/started" by execve "$bin/started-static" by posix_spawn "$bin/mapkinds" "$mount/k.git/in"
else
	skip 'each mapping is served once, as the kernel sees it' "there is no tracefs with system calls: $(tail -n 1 "$WORK/why")"
fi
t_end
