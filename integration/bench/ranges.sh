# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Whether calls become slower with the number of converted mappings. A topic of bench.sh.

topic ranges 'Many live mappings'
text <<-'END'
	The mappings are of one file on a mount that refuses, 4 KiB each, side by side. Meanwhile one
	more is mapped and unmapped; one is to be made writable, which is refused; or other memory is
	mapped, protected and unmapped. Values are the time for one such operation, by one thread or
	by 64 at once. The private mappings are without the library, for comparison.
END
refusing_mount
mkdir -p "$WORK/source/x.git"
truncate -s 400M "$WORK/source/x.git/sparse"
program=$BUILD/integration/bench/ranges most=100000
[ -z "$QUICK" ] || most=10000
for threads in 1 64; do
	arguments=("$threads" "$WORK/mount/x.git/sparse" "$most")
	variant private "$program" private "${arguments[@]}"
	ours privmap LD_PRELOAD=@/libprivmap.so "$program" shared "${arguments[@]}"
	settings=(reports)
	[ "$threads" != 1 ] || settings+=(pin)
	run 8 "${settings[@]}" "ranges-$threads"
done

plot points 'converted mappings that are live; microseconds per call' 'Do calls become slower with many converted mappings?'
for threads in 1 64; do
	by="$threads threads"
	[ "$threads" != 1 ] || by='one thread'
	for operation in map deny other; do
		case $operation in
		map) what='map and unmap' ;;
		deny) what='refuse to make writable' ;;
		other) what='other memory' ;;
		esac
		for many in 100 10000 100000; do
			goal=2
			[ "$many" -le 10000 ] || goal=''
			ratio "$what, $by: $many live / 10 live" "ranges-$threads.$operation-$many/privmap" \
				"ranges-$threads.$operation-10/privmap" "$goal"
		done
		for many in 10 100 10000 100000; do
			point "$what, $by" "$many" "ranges-$threads.$operation-$many/privmap" µs
		done
	done
	for many in 10 100 10000 100000; do
		point "private, $by" "$many" "ranges-$threads.map-$many/private" µs
	done
done
