# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What is lost on calls that concern privmap not at all. A topic of bench.sh.

topic calls 'Calls that are passed on'
text <<-'END'
	mmap and munmap, untouched, anonymous and of a file (private), and two mprotect of 16 KiB, by
	one thread and by several at once; time for one such pair. Processor time leaves out what the
	threads waited, for each other and for others on the machine.
END
text <<-'END'
	Each value is the fastest of several batches in a process of its own. Threads that map or protect
	wait for each other in the kernel, by chance longer or not: how much is what the rows called noise
	show. A mprotect that adds rights is a hook that looks twice whether there is anything to guard,
	before the call and after it, and takes nanoseconds.
END
head -c 64K /dev/urandom >"$WORK/file"
for operation in anonymous private protect; do
	for threads in 1 8 64; do
		command=("$BUILD/integration/bench/calls" "$operation" "$threads" "$WORK/file")
		variant none "${command[@]}"
		variant none-again "${command[@]}"
		ours privmap LD_PRELOAD=@/libprivmap.so "${command[@]}"
		settings=(reports)
		[ "$threads" != 1 ] || settings+=(pin)
		run 4 "${settings[@]}" "$operation-$threads"
	done
done

plot ratio 'times as long as without the library'
for operation in anonymous private protect; do
	for threads in 1 8 64; do
		measure=$operation-$threads by="$threads threads"
		[ "$threads" != 1 ] || by='one thread'
		ratio "$operation, $by: privmap / no library" "$measure.call/privmap" "$measure.call/none" 1.01
		ratio '  processor time' "$measure.cpu/privmap" "$measure.cpu/none" ''
		ratio '  noise: no library / the same' "$measure.call/none-again" "$measure.call/none" ''
	done
done
