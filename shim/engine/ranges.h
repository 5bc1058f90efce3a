/* SPDX-License-Identifier: MIT */
/*
 * The table of ranges: which addresses are private in place of shared, and so must be kept from
 * becoming writable, and which show a copy. It may know too much (a range that is gone, or was
 * replaced, unseen), never too little: whoever acts on a hit asks the kernel first (verify.h).
 *
 * Each engine has a table of its own: of its process the library, which may be called from any
 * thread, signal handler, and child of fork and vfork; of the memory of its job's process the
 * tracer. No function touches errno.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copy; /* an engine's own; first in it is a struct copied */

struct range {
	uintptr_t start, end; /* bytes; end is the first one behind */
	struct identity file; /* as /proc/self/maps shows it; inode 0: the kernel was not asked */
	struct copy *copy;    /* what a buffer shows (copies.h), held by it; NULL: converted */
	uintptr_t origin;     /* of a buffer: where the first byte of the copy is, or would be */
	bool no_exec;	      /* the table's: a copy of a file on a noexec mount */
	uint64_t added;	      /* the table's: the generation */
};

/*
 * The generation of the table, to be taken before a system call that unmaps or replaces.
 * ranges_forget() with it afterwards leaves alone what other threads have added since, at the
 * very addresses that the call set free.
 */
uint64_t ranges_generation(void);

/* Makes sure that so many ranges, and some more, can be added. False if there is no memory. */
bool ranges_reserve(size_t count);

/*
 * Adds a range just mapped; whatever the table knew of these addresses is forgotten. False, and
 * nothing added, if there is no memory. The caller has blocked all signals (signals.h).
 */
bool ranges_add(const struct range *range);

/* Forgets what lies in [start, end) and was added before generation; parts that stick out stay. */
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
 * The first of the two, with its copy held, if it shows one, until ranges_let_go(): for who looks
 * at the copy, or adds a range that shows it, when others may have unmapped what was found.
 */
bool ranges_hold(uintptr_t start, uintptr_t end, struct range *found);
void ranges_let_go(const struct range *range);
