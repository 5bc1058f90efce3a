# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The cost of calls that do not concern privmap. A topic of bench.sh.

topic calls 'Calls that are passed on'
text <<-'END'
	Each pair of calls is mmap and munmap, of anonymous memory or of a file (private), or two
	mprotect of 16 KiB, by one thread or by several at once. Processor time excludes the time that
	the threads waited for each other and for other processes.
END
text <<-'END'
	Each value is the fastest of several batches, each in a separate process. Threads that map or
	protect wait for each other in the kernel, for random times; the rows called noise show how
	much. With 64 threads one mapping more in the process, as of an empty library, changes that by a
	tenth, either way. For a mprotect that adds rights the library checks twice, before the call and after it,
	whether there is a mapping to guard, which takes nanoseconds.
END
head -c 64K /dev/urandom >"$WORK/file"
for operation in anonymous private protect; do
	for threads in 1 8 64; do
		command=("$BUILD/integration/bench/calls" "$operation" "$threads" "$WORK/file")
		variant none "${command[@]}"
		variant none-again "${command[@]}"
		ours privmap LD_PRELOAD=@/libprivmap.so "${command[@]}"
		run_calls "$operation" "$threads"
	done
done

plot ratio 'times as long as without the library' 'How much slower are calls that privmap only passes on?'
for operation in anonymous private protect; do
	for threads in 1 8 64; do
		measure=$operation-$threads by="$threads threads"
		[ "$threads" != 1 ] || by='one thread'
		ratio "$operation, $by: privmap / no library" "$measure.call/privmap" "$measure.call/none" 1.01
		ratio '  processor time' "$measure.cpu/privmap" "$measure.cpu/none" ''
		ratio '  noise: no library / the same' "$measure.call/none-again" "$measure.call/none" ''
	done
done
