#!/bin/bash
# SPDX-License-Identifier: MIT
# The engine in a patched static program, under hard conditions: little stack, an unmapped stack,
# children, 64 threads with a timer, cancelled threads; calls that fail half-way; and all at once.
# conformance.sh has the rest (patched, patched-buffered). STRESS_ROUNDS: rounds of the last test;
# 1,000,000 take hours.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

if [ ! -s "$BUILD/patched" ] || [ ! -s "$BUILD/zydis" ]; then
	skip 'patched programs' 'static programs are patched on x86_64 only, and where Zydis is there to build with'
	t_end
fi
mkdir "$WORK/source"
mount_refusing "$WORK/source" "$WORK/mount" --timeout=1
server=$!
head -c 65536 /dev/zero | tr '\0' a | tee "$WORK/disk" "$WORK/mount/file" >"$WORK/mount/storm"
for action in private buffer; do
	echo "rules = ( { action = \"$action\" } );" >"$WORK/$action"
	"$BUILD/privmapctl" compile "$WORK/$action" >/dev/null
done
for program in selfserved mapstorm mapcrowd selfstorm; do
	cp "$BUILD/integration/programs/$program-static" "$WORK/$program"
	check "$program is patched" "$BUILD/privmapctl" patch "$WORK/$program"
done

"$WORK/selfserved.privmap-original" "$WORK/disk" >"$WORK/wanted" || :
as_on_a_disk() {
	PRIVMAP_CONFIG=$WORK/$1 timeout -k 1 300 "$WORK/selfserved" "$WORK/mount/file" >"$WORK/out" &&
		diff "$WORK/wanted" "$WORK/out"
}
loses_nothing() {
	PRIVMAP_CONFIG=$WORK/$1 timeout -k 1 300 "$WORK/mapstorm" "$WORK/mount/storm" 1000
}
rounds=$((${STRESS_ROUNDS:-1000} / 20))
storms() {
	PRIVMAP_CONFIG=$WORK/$1 timeout -k 1 $((300 + rounds * 10)) "$WORK/selfstorm" "$WORK/mount/file" "$rounds" "$RANDOM"
}
for action in private buffer; do
	check "$action: hard cases give the same as on a disk" as_on_a_disk "$action"
	check "$action: no write is lost by calls that fail half-way" loses_nothing "$action"
	check "$action: threads, forks, programs, signals, jumps, cancellation, all at once" storms "$action"
done
# The filesystem does not answer for a second: for so long, all stacks of the engine are in use.
all_wait() {
	local in out pid child line
	coproc crowd { PRIVMAP_CONFIG=$WORK/buffer exec timeout -k 1 300 "$WORK/mapcrowd" "$WORK/mount/file"; }
	# shellcheck disable=SC2154 # coproc sets it
	pid=$crowd_PID out=${crowd[0]} in=${crowd[1]}
	read -r line <&"$out" && [ "$line" = open ] || return
	read -r child <"/proc/$pid/task/$pid/children" # the child of timeout
	cp "/proc/$child/smaps" "$WORK/smaps" 2>"$WORK/why" || :
	kill -STOP "$server"
	echo >&"$in"
	sleep 1
	kill -CONT "$server"
	read -r line <&"$out" && echo "$line" && wait "$pid"
}
check 'more threads than stacks: each is served in the end' all_wait
# One mapping of 4 MiB (64 stacks of 64 KiB) has the flag of MADV_DONTDUMP.
undumped() {
	awk '/^Size:/ { size = $2 } /^VmFlags:.* dd/ && size == 4096 { found++ } END { exit found != 1 }' "$WORK/smaps"
}
if [ -s "$WORK/smaps" ]; then
	check 'a core has none of its stacks' undumped
else
	skip 'a core has none of its stacks' "$(cat "$WORK/why")"
fi
is_off() {
	! PRIVMAP_DISABLE=1 PRIVMAP_CONFIG=$WORK/private "$WORK/selfserved" "$WORK/mount/file"
}
check 'PRIVMAP_DISABLE=1: nothing is served' is_off
untraced() {
	strace -f -o "$WORK/trace" -e trace=ptrace,seccomp env PRIVMAP_CONFIG="$WORK/private" \
		"$BUILD/privmap" "$WORK/selfserved" "$WORK/mount/file" >/dev/null && ! grep -E 'ptrace|seccomp' "$WORK/trace"
}
check 'privmap runs it without its tracer' untraced
t_end
