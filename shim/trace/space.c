/* SPDX-License-Identifier: MIT */
/*
 * The table of one address space.
 */
#include "space.h"

#include "copies.h"

#include <stdlib.h>
#include <string.h>

/*
 * Puts the ranges where as many fit in front of them as behind, or one more. New ones come below
 * all others, nearly always: so the window is used (space_place()).
 */
static void center(struct space *space, struct range *all, size_t room)
{
	struct range *ranges = all + (room - space->count + 1) / 2;

	if (space->count)
		memmove(ranges, space->ranges, space->count * sizeof(*ranges));
	space->ranges = ranges;
}

static bool make_room(struct space *space, size_t more)
{
	struct range *all;
	size_t room = space->room ? space->room : 16;

	if (more <= space->room - space->count)
		return true;
	while (room < space->count + more)
		room *= 2;
	all = malloc(room * sizeof(*all));
	if (!all)
		return false;
	center(space, all, room);
	free(space->all);
	space->all = all;
	space->room = room;
	return true;
}

/* There is room for it. What is moved is the shorter part. */
static void insert(struct space *space, size_t at, const struct range *range)
{
	const size_t in_front = (size_t)(space->ranges - space->all);
	const bool below = at < space->count - at;

	if (below ? !in_front : in_front + space->count == space->room)
		center(space, space->all, space->room - !below);
	if (below)
		memmove(space->ranges - 1, space->ranges, at * sizeof(*range));
	else
		memmove(space->ranges + at + 1, space->ranges + at,
			(space->count - at) * sizeof(*range));
	space->ranges -= below;
	space->ranges[at] = *range;
	space->count++;
	if (range->copy)
		copy_hold(range->copy);
}

static void take_out(struct space *space, size_t at)
{
	struct copy *copy = space->ranges[at].copy;
	const bool below = at < space->count - at;

	space->count--;
	if (below)
		memmove(space->ranges + 1, space->ranges, at * sizeof(*space->ranges));
	else
		memmove(space->ranges + at, space->ranges + at + 1,
			(space->count - at) * sizeof(*space->ranges));
	space->ranges += below;
	if (copy)
		copy_drop(copy);
}

struct space *space_new(const struct space *copied)
{
	struct space *space = calloc(1, sizeof(*space));

	if (!space)
		return NULL;
	space->users = 1;
	if (!copied)
		return space;
	if (!make_room(space, copied->count)) {
		free(space);
		return NULL;
	}
	for (size_t i = 0; i < copied->count; i++)
		insert(space, i, &copied->ranges[i]);
	space->moment = copied->moment;
	space->watched = copied->watched;
	space->purge_at = 2 * copied->count;
	memcpy(space->low, copied->low, sizeof(space->low));
	for (size_t i = 0; i < ABIS; i++)
		space->scratch[i].page = copied->scratch[i].page;
	return space;
}

void space_drop(struct space *space)
{
	if (--space->users)
		return;
	for (size_t i = 0; i < space->count; i++)
		if (space->ranges[i].copy)
			copy_drop(space->ranges[i].copy);
	free(space->all);
	free(space);
}

/* The first range that ends behind address. */
static size_t first_behind(const struct space *space, uint64_t address)
{
	size_t low = 0, high = space->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (space->ranges[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Takes [start, end) away from the range at that place, which overlaps it. The next place. */
static size_t cut(struct space *space, size_t at, uint64_t start, uint64_t end)
{
	struct range *range = &space->ranges[at];

	if (range->start < start && range->end > end) {
		struct range rest = *range;

		rest.start = end;
		/* No memory for the second half: known too much is right, too little is not. */
		if (!make_room(space, 1))
			return at + 1;
		space->ranges[at].end = start;
		insert(space, at + 1, &rest);
		return at + 2;
	}
	if (range->start < start) {
		range->end = start;
	} else if (range->end > end) {
		range->start = end;
	} else {
		take_out(space, at);
		return at;
	}
	return at + 1;
}

void space_forget(struct space *space, uint64_t start, uint64_t end, uint64_t moment)
{
	size_t at = first_behind(space, start);

	while (at < space->count && space->ranges[at].start < end)
		at = space->ranges[at].added < moment ? cut(space, at, start, end) : at + 1;
}

bool space_reserve(struct space *space, size_t count)
{
	return make_room(space, 2 * count);
}

bool space_add(struct space *space, const struct range *range)
{
	struct range added = *range;

	if (!make_room(space, 2))
		return false;
	space_forget(space, range->start, range->end, UINT64_MAX);
	added.added = space->moment++;
	added.no_exec = range->copy && range->copy->no_exec;
	insert(space, first_behind(space, range->start), &added);
	return true;
}

bool space_find_whole(const struct space *space, uint64_t start, uint64_t end, struct range *found)
{
	size_t at = first_behind(space, start);

	if (start >= end || at == space->count || space->ranges[at].start >= end)
		return false;
	*found = space->ranges[at];
	return true;
}

bool space_find(const struct space *space, uint64_t start, uint64_t end, struct range *found)
{
	if (!space_find_whole(space, start, end, found))
		return false;
	if (found->start < start)
		found->start = start;
	if (found->end > end)
		found->end = end;
	return true;
}

/* The lowest address given out of the part of the window in which copies, or all others, are. */
static uint64_t *low_of(struct space *space, const struct abi *abi, bool copy)
{
	return &space->low[abi - abis][copy && abi->copies > abi->window];
}

/*
 * As the kernel does it: downwards, one below the other. When the end is reached, from the top.
 */
uint64_t space_place(struct space *space, const struct abi *abi, bool copy, uint64_t length)
{
	bool apart = abi->copies > abi->window;
	uint64_t floor = apart && copy ? abi->copies : abi->window + abi_margin(abi);
	uint64_t top = apart && !copy ? abi->copies : abi->window_end - abi_margin(abi);
	uint64_t *low = low_of(space, abi, copy);

	if (length > top - floor)
		return 0;
	if (!*low || *low - floor < length)
		*low = top;
	*low -= length;
	return *low;
}

void space_give_back(struct space *space, const struct abi *abi, uint64_t start, uint64_t length)
{
	uint64_t *low = low_of(space, abi, start >= abi->copies);

	if (*low == start)
		*low += length;
}
