# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2002 # bench.sh sets them; it is cat that is looked at
# The size of the library, and its memory in each process. A topic of bench.sh.

# sections FILE: prints the sizes of loaded sections: text (read-only, executable or not) and data.
sections() {
	size "$1" | awk 'NR == 2 { print $1, $2 + $3 }'
}

relocations() {
	# relr: each entry of a bitmap means several; none of these libraries has any today.
	readelf -rW "$1" | awk '/R_/ { n++ } END { print n + 0 }'
}

imports() {
	nm -D --undefined-only "$1" | wc -l
}

# in_process LIBRARY: prints the KiB of it in a process's memory, and how many of these are private.
# Without the zeros after its data, which have no name.
in_process() {
	LD_PRELOAD=$1 cat /proc/self/smaps | awk -v name="$1" '
		/^[0-9a-f]+-[0-9a-f]+ / {
			ours = $6 == name || ($6 == "" && ours && $1 ~ "^" last "-")
			last = $1; sub(/.*-/, "", last)
		}
		ours && /^Rss:/ { rss += $2 }
		ours && /^Private_Dirty:/ { own += $2 }
		END { print rss + 0, own + 0 }'
}

# process LIBRARY: prints the KiB of a whole process's memory, and of its private memory.
process() {
	LD_PRELOAD=$1 cat /proc/self/smaps_rollup | awk '
		/^Rss:/ { rss = $2 } /^Private_Dirty:/ { own = $2 } END { print rss, own }'
}

# measure_size NAME LIBRARY: several times, because the memory depends a little on the address.
measure_size() {
	local library text data relocations imports round rss own
	library=$(readlink -f "$2")
	read -r text data < <(sections "$library")
	relocations=$(relocations "$library") imports=$(imports "$library")
	for round in {0..14}; do
		note sample "text/$1" "$round" "$text"
		note sample "data/$1" "$round" "$data"
		note sample "relocations/$1" "$round" "$relocations"
		note sample "imports/$1" "$round" "$imports"
		read -r rss own < <(in_process "$library")
		note sample "rss/$1" "$round" "$rss"
		note sample "own/$1" "$round" "$own"
		read -r rss own < <(process "$library")
		note sample "process-rss/$1" "$round" "$rss"
		note sample "process-own/$1" "$round" "$own"
	done
}

topic size 'Size of the library'
text <<-'END'
	The page faults are those of a whole /bin/true, from start to end. "text" is everything read-
	only. The pages of the library that a process has not written to belong to the page cache: one
	copy for all processes. The kernel maps up to 64 KiB of them around each fault, wanted or not.
END
measure_size empty "$BUILD/integration/bench/empty.so"
measure_size privmap "$BUILD/libprivmap.so"
[ -z "$OTHER" ] || measure_size privmap@against "$OTHER/libprivmap.so"
for name in "${!yardsticks[@]}"; do
	measure_size "$name" "${yardsticks[$name]}"
done
variant empty LD_PRELOAD="$BUILD/integration/bench/empty.so" /bin/true
ours privmap LD_PRELOAD=@/libprivmap.so /bin/true
for name in "${!yardsticks[@]}"; do
	variant "$name" LD_PRELOAD="${yardsticks[$name]}" /bin/true
done
run 2 rounds=200 start

plot ratio 'times as much as libeatmydata' 'How large is the library, compared with libeatmydata?'
ratio 'page faults, privmap / libeatmydata' start.faults/privmap start.faults/eatmydata 1 pages
ratio "the library's memory in a process, privmap / libeatmydata" rss/privmap rss/eatmydata 1 KiB
ratio "the part of it that is written to, privmap / libeatmydata" own/privmap own/eatmydata 1 KiB
ratio "a whole process's memory, privmap / libeatmydata" process-rss/privmap process-rss/eatmydata 1 KiB
ratio "the part of that which is written to, privmap / libeatmydata" process-own/privmap process-own/eatmydata 1 KiB
for name in privmap eatmydata empty faketime torsocks; do
	cell "$name" text "text/$name" bytes
	cell "$name" data "data/$name" bytes
	cell "$name" relocations "relocations/$name" ''
	cell "$name" 'imported symbols' "imports/$name" ''
	cell "$name" 'page faults of /bin/true' "start.faults/$name" ''
	cell "$name" 'its memory in a process' "rss/$name" KiB
	cell "$name" 'written to' "own/$name" KiB
	cell "$name" "a process's memory" "process-rss/$name" KiB
	cell "$name" 'written to ' "process-own/$name" KiB
done
