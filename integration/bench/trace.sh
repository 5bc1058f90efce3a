# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# What tracing costs, and how often it stops the program. A topic of bench.sh.

# stops COMMAND...: how often the tracer stopped it.
stops() {
	"$@" 2>&1 >/dev/null | sed -n 's/.*: stopped \([0-9]*\) times.*/\1/p' |
		awk '{ sum += $1; n++ } END { if (!n) exit 1; print sum }'
}

# needed COMMAND...: what cannot be done without a stop: one for each process, thread and candidate.
needed() {
	strace -f -qq -e trace=clone,clone3,fork,vfork,mmap -o "$WORK/calls" "$@" >"$out"
	awk '/clone|fork/ && / = [0-9]+$/ { n++ }
		/mmap\(/ && /MAP_SHARED/ && !/PROT_WRITE|MAP_ANONYMOUS/ { n++ }
		END { print n + 1 }' "$WORK/calls"
}

topic trace 'Tracing'
text <<-'END'
	A whole clone by a static gix, as in the topic before, on a disk, for the other tracers do not
	make it work where mappings are refused. A stop is needed for each process, thread and candidate
	(as strace counts them in a clone of its own). The kernel stops a new thread on both sides; where a
	mapping is refused, the end of the changed call is waited for: the result must be known, and
	registers put back. What was converted is unmapped without a stop.
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

# count_stops DIRECTORY BUILD: of a clone there, beyond those that are needed.
count_stops() {
	local all
	rm -rf "$1"
	all=$(stops "$2/privmap" --engine trace -v -v "$static" --no-verbose clone "$GITURL/x.git" "$1")
	rm -rf "$1"
	echo $((all - need))
}
# count_ends DIRECTORY: how often the end of a call was waited for (traced/count.c: s).
count_ends() {
	rm -rf "$1"
	: >"$WORK/continued"
	TRACED_COUNT=$WORK/continued LD_PRELOAD=$BUILD/integration/traced/count.so "$BUILD/privmap" \
		--engine trace "$static" --no-verbose clone "$GITURL/x.git" "$1" >"$out"
	rm -rf "$1"
	tr -cd s <"$WORK/continued" | wc -c
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
		note sample "ends/$place" "$round" "$(count_ends "$directory")"
		note sample "beyond/$place" "$round" "$(count_stops "$directory" "$BUILD")"
		[ -z "$OTHER" ] ||
			note sample "beyond/$place@against" "$round" "$(count_stops "$directory" "$OTHER")"
	done
done
rm -rf "$WORK/clone"

plot ratio 'times as long as alone'
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
