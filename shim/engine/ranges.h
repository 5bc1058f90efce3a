/* SPDX-License-Identifier: MIT */
/*
 * The table of ranges: which addresses are private instead of shared, and so must not become
 * writable, and which show a copy. It may have ranges that are gone or were replaced unseen, but it
 * never lacks one. So whoever acts on a hit asks the kernel first (verify.h).
 *
 * Each engine has its table. The library's is of its process; any thread, signal handler and child
 * of fork or vfork may call these functions. The tracer's is of the memory of its job's process. No
 * function changes errno.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copy; /* each engine defines it; it begins with a struct copied */

struct range {
	uintptr_t start, end; /* bytes; end is the first one after it */
	struct identity file; /* as /proc/self/maps shows it; inode 0: the kernel was not asked */
	struct copy *copy;    /* that a buffer shows and holds (copies.h); NULL: converted */
	uintptr_t origin;     /* of a buffer: where the copy's first byte is, or would be */
	bool no_exec;	      /* set by the table: a copy of a file on a noexec mount */
	uint64_t added;	      /* set by the table: the generation */
};

/*
 * The generation of the table. Take it before a system call that unmaps or replaces; then
 * ranges_forget() keeps the ranges that other threads have added since at the freed addresses.
 */
uint64_t ranges_generation(void);

/* Makes room for that many new ranges, and some more. False if there is no memory. */
bool ranges_reserve(size_t count);

/*
 * Adds a range just mapped, and forgets all that the table had at these addresses. False, and
 * nothing added, if there is no memory. The caller has blocked all signals (signals.h).
 */
bool ranges_add(const struct range *range);

/* Forgets what is in [start, end) and was added before generation; keeps the parts outside. */
void ranges_forget(uintptr_t start, uintptr_t end, uint64_t generation);

/* The lowest range that overlaps [start, end), whole, or cut to it. False if there is none. */
bool ranges_find_whole(uintptr_t start, uintptr_t end, struct range *found);

static inline void range_cut(struct range *range, uintptr_t start, uintptr_t end)
{
	if (range->start < start)
		range->start = start;
	if (range->end > end)
		range->end = end;
}

static inline bool ranges_find(uintptr_t start, uintptr_t end, struct range *found)
{
	if (!ranges_find_whole(start, end, found))
		return false;
	range_cut(found, start, end);
	return true;
}

/*
 * ranges_find_whole() that also holds the copy, if the range shows one, until ranges_let_go().
 * Needed to look at the copy, or to add a range that shows it, while others may unmap the range.
 */
bool ranges_hold(uintptr_t start, uintptr_t end, struct range *found);
void ranges_let_go(const struct range *range);
