# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# The cost of tracing, and how often it stops the program. A topic of bench.sh.

# needed COMMAND...: the number of necessary stops: one for each process, thread and candidate.
needed() {
	strace -f -qq -e trace=clone,clone3,fork,vfork,mmap -o "$WORK/calls" "$@" >"$out"
	awk '/clone|fork/ && / = [0-9]+$/ { n++ }
		/mmap\(/ && /MAP_SHARED/ && !/PROT_WRITE|MAP_ANONYMOUS/ { n++ }
		END { print n + 1 }' "$WORK/calls"
}

topic trace 'Tracing'
text <<-'END'
	A static gix clones as in the topic above, but to a disk, because the other tracers do not
	make it work where mappings are refused. The needed stops are one for each process, thread and
	candidate, counted by strace in a separate clone. The kernel stops a new thread on both sides.
	Where a mapping is refused, the tracer waits for the end of the changed call, to see the
	result and to restore the registers. Converted mappings are unmapped without a stop.
END
served_repository
refusing_mount
static=${clients[gix-static]}
clone=(--no-verbose clone "$GITURL/x.git" "$WORK/clone")
variant alone "$static" "${clone[@]}"
variant alone-again "$static" "${clone[@]}"
ours privmap @/privmap --engine trace "$static" "${clone[@]}"
variant strace strace -f -o /dev/null "$static" "${clone[@]}"
variant strace-bpf strace -f --seccomp-bpf -e trace=mmap -o /dev/null "$static" "${clone[@]}"
variant proot proot "$static" "${clone[@]}"
run 20 remove="$WORK/clone" traced

# letters DIRECTORY BUILD: clones there, and prints a letter for each time that the tracer resumed a
# thread (traced/count.c); s: it waits for the end of a call.
letters() {
	rm -rf "$1"
	: >"$WORK/continued"
	TRACED_COUNT=$WORK/continued LD_PRELOAD=$BUILD/integration/traced/count.so "$2/privmap" \
		--engine trace "$static" --no-verbose clone "$GITURL/x.git" "$1" >"$out"
	rm -rf "$1"
	cat "$WORK/continued"
}
rounds=({0..7})
[ -z "$QUICK" ] || rounds=(0)
for round in "${rounds[@]}"; do
	for place in disk mount; do
		directory=$WORK/clone
		[ "$place" = disk ] || directory=$WORK/mount/clone
		rm -rf "$WORK/clone"
		need=$(needed "$static" --no-verbose clone "$GITURL/x.git" "$WORK/clone")
		note sample "needed/$place" "$round" "$need"
		all=$(letters "$directory" "$BUILD") ends=${all//[!s]/}
		note sample "ends/$place" "$round" "${#ends}"
		note sample "beyond/$place" "$round" $((${#all} - need))
		[ -n "$OTHER" ] || continue
		all=$(letters "$directory" "$OTHER")
		note sample "beyond/$place@against" "$round" $((${#all} - need))
	done
done
rm -rf "$WORK/clone"

plot ratio 'times as long as alone' 'How much longer does a traced clone take, compared with other tracers?'
ratio 'privmap / alone' traced/privmap traced/alone ''
ratio 'strace -f / alone' traced/strace traced/alone ''
ratio 'strace -f --seccomp-bpf -e trace=mmap / alone' traced/strace-bpf traced/alone ''
ratio 'proot / alone' traced/proot traced/alone ''
ratio 'noise: alone / the same' traced/alone-again traced/alone ''
value 'stops that are needed' needed/mount '' stops
value 'stops beyond those, where mappings are refused' beyond/mount 10 stops
value 'stops beyond those, on a disk' beyond/disk 10 stops
value 'how often the end of a call is waited for, where mappings are refused' ends/mount '' times
value 'the same, on a disk' ends/disk '' times
