/* SPDX-License-Identifier: MIT */
/*
 * The table of ranges: which addresses are private in place of shared, and so must be kept from
 * becoming writable, and which show a copy. It may know too much (a range that was replaced by a
 * raw system call), never too little: whoever acts on a hit asks the kernel first (verify.h).
 *
 * Any number of threads, signal handlers, and children of fork and vfork may call all of this.
 * Looking up takes no lock and makes no system call; changing takes the lock of lock.h for well
 * under a microsecond and may map memory for the table, 64 KiB at a time, which is never given
 * back. No function touches errno.
 */
#ifndef PRIVMAP_RANGES_H
#define PRIVMAP_RANGES_H

#include "snapshot.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copy;

struct range {
	uintptr_t start, end; /* bytes; end is the first one behind */
	struct identity file; /* as /proc/self/maps shows it; inode 0: the kernel was not asked */
	struct copy *copy;    /* what a buffer shows (copies.h), held by it; NULL: converted */
	uintptr_t origin;     /* of a buffer: where the first byte of the copy is, or would be */
};

/* What the functions below read in line; ranges.c alone writes it. Fork copies it as it is. */
extern struct ranges_now {
	_Atomic size_t live;
	_Atomic uint64_t moment;
} ranges_now __attribute__((visibility("hidden")));

/* True while any range is there: one load, for the path of every call that is passed on. */
static inline bool ranges_live(void)
{
	return atomic_load_explicit(&ranges_now.live, memory_order_relaxed) != 0;
}

/*
 * A moment in the history of the table, to be taken before a system call that unmaps or replaces.
 * ranges_forget() with it afterwards leaves alone what other threads have added since, at the
 * very addresses that the call set free.
 */
static inline uint64_t ranges_moment(void)
{
	return atomic_load(&ranges_now.moment);
}

/* Makes sure that the table has room for some more ranges. False if there is no memory for it. */
bool ranges_reserve(void);

/* The same, for so many and some more. */
bool ranges_reserve_for(size_t count);

/*
 * Adds a range just mapped; whatever the table knew of these addresses is forgotten. False, and
 * nothing added, if there is no memory. The caller has blocked all signals (lock.h).
 */
bool ranges_add(const struct range *range);

/* Forgets what lies in [start, end) and was added before moment; parts that stick out stay. */
void ranges_forget(uintptr_t start, uintptr_t end, uint64_t moment);

/* The lowest range that overlaps [start, end), cut to it, or whole. False if there is none. */
bool ranges_find(uintptr_t start, uintptr_t end, struct range *found);
bool ranges_find_whole(uintptr_t start, uintptr_t end, struct range *found);

#endif
