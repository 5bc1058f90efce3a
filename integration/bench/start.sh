# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# The cost of starting a program: preloaded with privmap, with rules, and with libraries of other
# projects. A topic of bench.sh.

topic start 'Start of a program'
text <<-'END'
	From posix_spawn(3) of /bin/true until it has ended. An empty library is the minimum that
	preloading costs.
END
text <<-'END'
	Compiled rules cost five system calls (openat, two statx, pread, close) and the page faults in
	the last rows. Processor time excludes the time that the program waited, for instance for
	other processes.
END
with_rules
empty=$BUILD/integration/bench/empty.so
variant none /bin/true
variant empty LD_PRELOAD="$empty" /bin/true
variant empty-again LD_PRELOAD="$empty" /bin/true
ours privmap LD_PRELOAD=@/libprivmap.so /bin/true
ours compiled LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG=%/compiled.conf /bin/true
ours text LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG=%/text.conf /bin/true
for name in "${!yardsticks[@]}"; do
	variant "$name" LD_PRELOAD="${yardsticks[$name]}" /bin/true
done
run 28 pin start

plot ratio 'times as long as with an empty library' 'How much longer does a program take to start?'
ratio 'privmap / empty library' start/privmap start/empty 1.02
ratio 'privmap / libeatmydata' start/privmap start/eatmydata 1
ratio '100 rules, compiled / no rule file' start/compiled start/privmap 1.005
ratio '100 rules as text / no rule file' start/text start/privmap ''
for name in empty eatmydata; do
	ratio "processor time, privmap / $name" start.cpu/privmap "start.cpu/$name" ''
done
ratio 'processor time, 100 rules, compiled / none' start.cpu/compiled start.cpu/privmap ''
ratio 'no preload / empty library' start/none start/empty ''
ratio 'libeatmydata / empty library' start/eatmydata start/empty ''
ratio 'torsocks / empty library' start/torsocks start/empty ''
ratio 'libfaketime / empty library' start/faketime start/empty ''
ratio 'noise: empty library / the same' start/empty-again start/empty ''
extra 'page faults, more than an empty library' start.faults/privmap start.faults/empty '' pages
extra 'page faults of libeatmydata, more than an empty library' start.faults/eatmydata start.faults/empty '' pages
extra 'page faults with 100 compiled rules, more than without' start.faults/compiled start.faults/privmap '' pages
