/* SPDX-License-Identifier: MIT */
/*
 * The table of one address space.
 */
#include "mm.h"

#include "copies.h"

#include <stdlib.h>
#include <string.h>

/*
 * Puts the ranges into the middle, with as much room in front as after them, or one more. New
 * ranges nearly always come below all others, as mm_place() uses the window downwards.
 */
static void center(struct mm *mm, struct range *all, size_t room)
{
	struct range *ranges = all + (room - mm->count + 1) / 2;

	if (mm->count)
		memmove(ranges, mm->ranges, mm->count * sizeof(*ranges));
	mm->ranges = ranges;
}

bool mm_reserve(struct mm *mm, size_t more)
{
	struct range *all;
	size_t room = mm->room ? mm->room : 16;

	if (more <= mm->room - mm->count)
		return true;
	while (room < mm->count + more)
		room *= 2;
	all = malloc(room * sizeof(*all));
	if (!all)
		return false;
	center(mm, all, room);
	free(mm->all);
	mm->all = all;
	mm->room = room;
	return true;
}

/* The caller has made room. Moves the shorter part. */
static void insert(struct mm *mm, size_t at, const struct range *range)
{
	const size_t in_front = (size_t)(mm->ranges - mm->all);
	const bool below = at < mm->count - at;

	if (below ? !in_front : in_front + mm->count == mm->room)
		center(mm, mm->all, mm->room - !below);
	if (below)
		memmove(mm->ranges - 1, mm->ranges, at * sizeof(*range));
	else
		memmove(mm->ranges + at + 1, mm->ranges + at, (mm->count - at) * sizeof(*range));
	mm->ranges -= below;
	mm->ranges[at] = *range;
	mm->count++;
	if (range->copy)
		copy_hold(range->copy);
}

static void take_out(struct mm *mm, size_t at)
{
	struct copy *copy = mm->ranges[at].copy;
	const bool below = at < mm->count - at;

	mm->count--;
	if (below)
		memmove(mm->ranges + 1, mm->ranges, at * sizeof(*mm->ranges));
	else
		memmove(mm->ranges + at, mm->ranges + at + 1,
			(mm->count - at) * sizeof(*mm->ranges));
	mm->ranges += below;
	if (copy)
		copy_drop(copy);
}

struct mm *mm_new(const struct mm *copied)
{
	struct mm *mm = calloc(1, sizeof(*mm));

	if (!mm)
		return NULL;
	mm->users = 1;
	if (!copied)
		return mm;
	if (!mm_reserve(mm, copied->count)) {
		free(mm);
		return NULL;
	}
	for (size_t i = 0; i < copied->count; i++)
		insert(mm, i, &copied->ranges[i]);
	mm->generation = copied->generation;
	mm->watched = copied->watched;
	mm->purge_at = 2 * copied->count;
	memcpy(mm->low, copied->low, sizeof(mm->low));
	for (size_t i = 0; i < ABIS; i++)
		mm->scratch[i].page = copied->scratch[i].page;
	return mm;
}

void mm_drop(struct mm *mm)
{
	if (--mm->users)
		return;
	for (size_t i = 0; i < mm->count; i++)
		if (mm->ranges[i].copy)
			copy_drop(mm->ranges[i].copy);
	free(mm->all);
	free(mm);
}

/* Finds the first range that ends after address. */
static size_t first_behind(const struct mm *mm, uint64_t address)
{
	size_t low = 0, high = mm->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mm->ranges[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Removes [start, end) from the range at that place, which overlaps it. Returns the next place. */
static size_t cut(struct mm *mm, size_t at, uint64_t start, uint64_t end)
{
	struct range *range = &mm->ranges[at];

	if (range->start < start && range->end > end) {
		struct range rest = *range;

		rest.start = (uintptr_t)end;
		/*
		 * No memory for the second half. The table may know too much, but never too little.
		 */
		if (!mm_reserve(mm, 1))
			return at + 1;
		mm->ranges[at].end = (uintptr_t)start;
		insert(mm, at + 1, &rest);
		return at + 2;
	}
	if (range->start < start) {
		range->end = (uintptr_t)start;
	} else if (range->end > end) {
		range->start = (uintptr_t)end;
	} else {
		take_out(mm, at);
		return at;
	}
	return at + 1;
}

void mm_forget(struct mm *mm, uint64_t start, uint64_t end, uint64_t generation)
{
	size_t at = first_behind(mm, start);

	while (at < mm->count && mm->ranges[at].start < end)
		at = mm->ranges[at].added < generation ? cut(mm, at, start, end) : at + 1;
}

bool mm_add(struct mm *mm, const struct range *range)
{
	struct range added = *range;

	if (!mm_reserve(mm, 2))
		return false;
	mm_forget(mm, range->start, range->end, UINT64_MAX);
	added.added = mm->generation++;
	added.no_exec = range->copy && range->copy->made.no_exec;
	insert(mm, first_behind(mm, range->start), &added);
	return true;
}

bool mm_find(const struct mm *mm, uint64_t start, uint64_t end, struct range *found)
{
	size_t at = first_behind(mm, start);

	if (start >= end || at == mm->count || mm->ranges[at].start >= end)
		return false;
	*found = mm->ranges[at];
	return true;
}

/* The lowest address given out in one part of the window: that for copies, or the other one. */
static uint64_t *low_of(struct mm *mm, const struct abi *abi, bool copy)
{
	return &mm->low[abi - abi_all()][copy && abi->copies > abi->window];
}

/*
 * Places mappings as the kernel does: downwards, one below the other; after the end, from the top
 * again.
 */
uint64_t mm_place(struct mm *mm, const struct abi *abi, bool copy, uint64_t length)
{
	bool apart = abi->copies > abi->window;
	uint64_t floor = apart && copy ? abi->copies : abi->window + abi_margin(abi);
	uint64_t top = apart && !copy ? abi->copies : abi->window_end - abi_margin(abi);
	uint64_t *low = low_of(mm, abi, copy);

	if (length > top - floor)
		return 0;
	if (!*low || *low - floor < length)
		*low = top;
	*low -= length;
	return *low;
}

void mm_give_back(struct mm *mm, const struct abi *abi, uint64_t start, uint64_t length)
{
	uint64_t *low = low_of(mm, abi, start >= abi->copies);

	if (*low == start)
		*low += length;
}
