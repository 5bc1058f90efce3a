/* SPDX-License-Identifier: MIT */
/*
 * The copies of file parts that are mapped in this process: finds them again for sharing, counts
 * them against the limits, and forgets them with their last range.
 *
 * Any thread, signal handler, and child of fork and vfork may call all of this. No function changes
 * errno.
 */
#pragma once

#include "lock.h"
#include "snapshot.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A live copy; all except the atomics is written before its first range is added. */
struct copy {
	struct copied made;	  /* self: as /proc/self/maps shows it */
	_Atomic uint32_t holders; /* its ranges, and threads that use it; 0: a free slot */
	_Atomic uintptr_t origin; /* where a range last showed it from its first byte */
};

/* The lock for the parts at one offset of one file, held to look for and read such a part. */
struct copies_held {
	struct slots *bucket;
	struct lock_held held;
};

/*
 * Lets one thread at a time work with parts at this offset of this file, so that two threads that
 * map the same part make one copy. The caller has blocked all signals (lock.h), and changes no
 * range meanwhile. False, and nothing locked, without memory.
 */
bool copies_lock(struct copies_held *held, struct identity file, uint64_t offset);
void copies_unlock(const struct copies_held *held);

/* A live copy that shows the part, held; NULL if there is none. Needs the lock. */
struct copy *copies_find(const struct copies_held *held, const struct part *part);

/*
 * Adds a copy whose room is reserved (engine_reserve()), and holds it; NULL if there is no memory.
 * Needs the lock.
 */
struct copy *copies_add(const struct copies_held *held, const struct copied *made);

void copy_hold(struct copy *copy);
void copy_drop(struct copy *copy);

/* Notes where its first byte is mapped now. */
void copy_is_at(struct copy *copy, uintptr_t origin);

/* Holds a copy known from a range that others may forget. False, and not held, if they did. */
bool copy_hold_if_live(struct copy *copy);
