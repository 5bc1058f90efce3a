/* SPDX-License-Identifier: MIT */
/*
 * The part of the table of ranges (ranges.h) that every call reads, inline.
 *
 * A look-up takes no lock and makes no system call. Nor does adding and forgetting a range while
 * there are few. Other changes take the lock of lock.h for well under a microsecond, and may map
 * memory for the table, 64 KiB at a time, which is never unmapped.
 */
#pragma once

#include "ranges.h"

#include <stdatomic.h>

/* Only ranges.c and skiplist.c write it, atomically. A child of fork inherits it. */
extern struct ranges_now {
	_Atomic size_t live;
	_Atomic uint64_t generation;
} ranges_now __attribute__((visibility("hidden")));

/* True while there is any range; costs one load. */
static inline bool ranges_live(void)
{
	return atomic_load_explicit(&ranges_now.live, memory_order_relaxed) != 0;
}

/* ranges_generation(), inline. */
static inline uint64_t live_generation(void)
{
	return atomic_load(&ranges_now.generation);
}

/*
 * True if the table certainly has nothing in [start, end). False also while another thread changes
 * the table. Needs less than 64 bytes of stack.
 */
bool ranges_apart(uintptr_t start, uintptr_t end);
