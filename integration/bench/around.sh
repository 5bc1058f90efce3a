# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# The cost of privmap for programs that handle a refusal themselves, with many files that no rule
# serves. A topic of bench.sh, measured only when named.

topic around 'Programs that read what they cannot map'
text <<-'END'
	On a mount that refuses shared mappings (FUSE with direct I/O), of files that no rule serves:
	ripgrep tries to map each of 2,000 files of one directory and then reads it; SQLite tries to map
	its database. cc maps nothing there. With --report it is watched what they read.
END
refusing_mount
mkdir -p "$WORK/mount/tree"
for n in {1..2000}; do
	seq "$n" $((n + 900)) >"$WORK/mount/tree/$n.txt"
done
sqlite3 "$WORK/mount/base.db" 'create table t as
	with recursive n(x) as (select 1 union all select x + 1 from n where x < 20000) select x, hex(x) y from n'
printf '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { return puts("") < 0; }\n' >"$WORK/mount/one.c"
# each KIND SECONDS COMMAND...: runs it twice alone, and under privmap.
each() {
	variant alone "${@:3}"
	variant again "${@:3}"
	ours privmap @/privmap "${@:3}"
	ours report @/privmap --report="$WORK/report" "${@:3}"
	run "$2" "$1"
}
each rg 24 rg --no-config -j1 --mmap -c 900 "$WORK/mount/tree"
each sqlite 10 sqlite3 "$WORK/mount/base.db" \
	'pragma mmap_size = 100000000;
	with recursive n(x) as (select 1 union all select x + 1 from n where x < 40) select sum(length(y)) from t, n'
each cc 12 cc -O -o "$WORK/mount/one" "$WORK/mount/one.c"

plot ratio 'times as long as alone' 'How much longer does a program take under privmap that it does not help?'
for kind in rg sqlite cc; do
	for way in privmap report; do
		[ "$way" = report ] && words=' --report' || words=''
		ratio "$kind under privmap$words / alone" "$kind/$way" "$kind/alone" 1.05
		ratio "  processor time" "$kind.cpu/$way" "$kind.cpu/alone" 1.05
	done
	ratio "  noise: $kind / the same" "$kind/again" "$kind/alone" ''
	ratio "  noise: processor time" "$kind.cpu/again" "$kind.cpu/alone" ''
done
