/* SPDX-License-Identifier: MIT */
/*
 * The list in which the table of ranges (ranges.c) keeps most of them: ordered by address, without
 * overlaps. It is changed under the table's lock only; who reads it without sees nonsense at worst.
 */
#pragma once

#include "ranges.h"

#include <stdatomic.h>

/* A range that others may read while it is written: single loads, which acquire, and stores. */
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

/* A range begins to be known once more, and holds its copy; and the end of that. */
void cell_counts(const struct range *range);
void cell_counts_no_more(struct copy *copy);

/* The lowest that overlaps [start, end), whole. */
bool skiplist_find(uintptr_t start, uintptr_t end, struct range *found);

/* Whether none does; on little stack. */
bool skiplist_apart(uintptr_t start, uintptr_t end);

/* Nothing that overlaps it is there. False if there is no memory. */
bool skiplist_insert(const struct range *range);

/* As ranges_forget(). */
void skiplist_forget(uintptr_t start, uintptr_t end, uint64_t until);

/* Whether so many can be inserted; asked without the lock as well. And makes it so. */
bool skiplist_has_room(size_t count);
bool skiplist_make_room(size_t count);
