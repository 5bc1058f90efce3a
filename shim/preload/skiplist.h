/* SPDX-License-Identifier: MIT */
/*
 * The list for most ranges of the table (ranges.c): ordered by address, without overlaps. Changed
 * only under the table's lock; a reader without the lock sees nonsense at worst.
 */
#pragma once

#include "ranges.h"

#include <stdatomic.h>

/* A range that others may read while it is written: by loads that acquire, stores that release. */
struct cell {
	_Atomic uintptr_t start, end;
	_Atomic uint64_t device, inode;
	_Atomic(struct copy *) copy;
	_Atomic uintptr_t origin;
	_Atomic bool no_exec;
	_Atomic uint64_t added;
};

struct range cell_read(struct cell *cell);
void cell_write(struct cell *cell, const struct range *range);

/* Counts a range that is being added, and holds its copy; and undoes that. */
void cell_counts(const struct range *range);
void cell_counts_no_more(struct copy *copy);

/* The lowest range that overlaps [start, end), whole. */
bool skiplist_find(uintptr_t start, uintptr_t end, struct range *found);

/* Whether no range does; needs little stack. */
bool skiplist_apart(uintptr_t start, uintptr_t end);

/* Inserts a range that overlaps no other. False if there is no memory. */
bool skiplist_insert(const struct range *range);

/* Like ranges_forget(). */
void skiplist_forget(uintptr_t start, uintptr_t end, uint64_t until);

/* Whether that many ranges can be inserted, also without the lock; and makes room for them. */
bool skiplist_has_room(size_t count);
bool skiplist_make_room(size_t count);
