/* SPDX-License-Identifier: MIT */
/*
 * The copies of file parts that are mapped in this process: found again to be shared, counted
 * against the limits, and forgotten with their last range.
 *
 * Any thread, signal handler, and child of fork and vfork may call all of this. No function
 * touches errno.
 */
#pragma once

#include "lock.h"
#include "snapshot.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A live copy; all but the atomics is written before its first range is added. */
struct copy {
	struct copied made;	  /* self: as the ranges that show it have it in /proc/self/maps */
	_Atomic uint32_t holders; /* its ranges, and who is at work with it; 0: a free slot */
	_Atomic uintptr_t origin; /* where a range last showed it from its first byte */
};

/* Where parts of one place in one file meet; held while such a part is looked for and read. */
struct copies_held {
	struct slots *bucket;
	struct lock_held held;
};

/*
 * Parts at this offset of this file: one thread at a time, so that two that map the same part make
 * one copy. The caller has blocked all signals (lock.h), and changes no range meanwhile. False, and
 * nothing held, without memory.
 */
bool copies_lock(struct copies_held *held, struct identity file, uint64_t offset);
void copies_unlock(const struct copies_held *held);

/* A live copy that shows the part, held; NULL if there is none. The lock is held. */
struct copy *copies_find(const struct copies_held *held, const struct part *part);

/* Makes a copy known; its room has been reserved (engine_reserve()). Held; NULL if there is no
 * memory. Locked. */
struct copy *copies_add(const struct copies_held *held, const struct copied *made);

void copy_hold(struct copy *copy);
void copy_drop(struct copy *copy);

/* Where its first byte is now mapped. */
void copy_is_at(struct copy *copy, uintptr_t origin);

/* For who knows a copy only from a range that others may forget: false, and not held, if so. */
bool copy_hold_if_live(struct copy *copy);
