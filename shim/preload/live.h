/* SPDX-License-Identifier: MIT */
/*
 * The part of the table of ranges (ranges.h) that every call reads, in line.
 *
 * Looking up takes no lock and makes no system call; nor does a range that comes and goes while
 * there are few. Else changing takes the lock of lock.h for well under a microsecond, and may map
 * memory for the table, 64 KiB at a time, which is never given back.
 */
#pragma once

#include "ranges.h"

#include <stdatomic.h>

/* ranges.c and skiplist.c alone write it. Fork copies it as it is. */
extern struct ranges_now {
	_Atomic size_t live;
	_Atomic uint64_t generation;
} ranges_now __attribute__((visibility("hidden")));

/* True while any range is there: one load. */
static inline bool ranges_live(void)
{
	return atomic_load_explicit(&ranges_now.live, memory_order_relaxed) != 0;
}

/* ranges_generation(), in line. */
static inline uint64_t live_generation(void)
{
	return atomic_load(&ranges_now.generation);
}

/*
 * True if nothing is known of [start, end), for certain: false also while another thread changes
 * the table. On less than 64 bytes of stack.
 */
bool ranges_apart(uintptr_t start, uintptr_t end);
