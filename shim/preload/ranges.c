/* SPDX-License-Identifier: MIT */
/*
 * The table of ranges: the newest in a few places, all others in a list (skiplist.h).
 *
 * A place is taken, filled and freed by single atomic operations. So adding and forgetting a range
 * takes no lock and no system call. If no place is free, or ranges overlap, a thread takes the lock
 * and moves the ranges in the places to the list.
 *
 * Invariants, true between any two stores, because a fork may copy the table at any of them:
 *   - a place is complete before it is full;
 *   - a range that moves to the list is in the list before its place is free;
 *   - a place that a thread was filling stays taken in the child, and where that thread was
 *     killed: there are others, and the list.
 * A reader that a writer overtakes sees that `changes` has grown, and starts again.
 */
#include "live.h"

#include "copies.h"
#include "lock.h"
#include "memory.h"
#include "skiplist.h"

#include <stddef.h>

enum {
	PLACES = 8,
	RESERVE = 64,  /* nodes: more than threads that add, and each may split a range */
	PATIENCE = 64, /* a reader that was overtaken this often takes the lock */
};

enum { FREE, TAKEN, FULL, STATES = 4 };

static struct place {
	_Atomic uint32_t state; /* one of these, plus STATES for each time that it was taken */
	struct cell cell;
} places[PLACES];

/* The lock, in memory that a child of fork does not inherit (memory.h); NULL until it is needed. */
static _Atomic(void *) lock;

/* Odd while a writer works, and in a child that was forked then, until its first change. Atomic. */
static _Atomic uint32_t changes;

struct ranges_now ranges_now;

/* Takes the lock; blocked as for lock_take(). False without memory, or below a handler. */
static bool begin_change(struct lock_held *held, bool blocked)
{
	struct lock *there = memory_wiped(&lock, sizeof(*there));

	if (!there || !lock_take(there, held, blocked))
		return false;
	/* Odd already if the last writer died in between, or does not exist in this child. */
	atomic_fetch_or(&changes, 1);
	return true;
}

static void end_change(const struct lock_held *held)
{
	atomic_fetch_add(&changes, 1);
	lock_release(held);
}

/* False if the place is not full, or changed meanwhile, or its range is not in [start, end). */
static bool read_place(struct place *place, uintptr_t start, uintptr_t end, uint32_t *state,
		       struct range *range)
{
	*state = atomic_load(&place->state);
	if (*state % STATES != FULL || atomic_load(&place->cell.start) >= end ||
	    atomic_load(&place->cell.end) <= start)
		return false;
	*range = cell_read(&place->cell);
	return atomic_load(&place->state) == *state;
}

/* False if another thread has freed it since it was read. */
static bool free_place(struct place *place, uint32_t state, const struct range *range)
{
	if (!atomic_compare_exchange_strong(&place->state, &state, state - FULL))
		return false;
	cell_counts_no_more(range->copy);
	return true;
}

static struct place *fill_place(const struct range *range)
{
	for (struct place *place = places; place < places + PLACES; place++) {
		uint32_t state = atomic_load(&place->state);

		if (state % STATES != FREE ||
		    !atomic_compare_exchange_strong(&place->state, &state, state + STATES + TAKEN))
			continue;
		cell_write(&place->cell, range);
		cell_counts(range);
		atomic_store(&place->state, state + STATES + FULL);
		return place;
	}
	return NULL;
}

/* Under the lock. False if there is no memory. */
static bool move_to_list(struct place *place, uint32_t state, const struct range *range)
{
	bool moved;

	/* A thread that forgets the range meanwhile drops its copy. */
	if (range->copy && !copy_hold_if_live(range->copy))
		return true;
	skiplist_forget(range->start, range->end, UINT64_MAX);
	moved = skiplist_insert(range);
	if (moved && !free_place(place, state, range))
		skiplist_forget(range->start, range->end, UINT64_MAX);
	if (range->copy)
		copy_drop(range->copy);
	return moved;
}

/* Under the lock: the oldest first, so that of two that overlap the newer one stays. */
static void empty_places(void)
{
	struct place *oldest;
	uint32_t state, its_state;
	struct range range, its_range;

	do {
		oldest = NULL;
		for (struct place *place = places; place < places + PLACES; place++)
			if (read_place(place, 0, UINTPTR_MAX, &its_state, &its_range) &&
			    (!oldest || its_range.added < range.added)) {
				oldest = place;
				state = its_state;
				range = its_range;
			}
	} while (oldest && move_to_list(oldest, state, &range));
}

uint64_t ranges_generation(void)
{
	return live_generation();
}

bool ranges_reserve(size_t count)
{
	struct lock_held held;
	bool enough;

	/* Makes it now: later a limit may leave room only for the program's mapping. */
	if (!memory_wiped(&lock, sizeof(struct lock)))
		return false;
	if (skiplist_has_room(RESERVE + count))
		return true;
	if (!begin_change(&held, false))
		return false;
	enough = skiplist_make_room(RESERVE + count);
	end_change(&held);
	return enough;
}

/* Ignores the place `but`. Reads the places first, because ranges move from there to the list. */
static bool find_but(const struct place *but, uintptr_t start, uintptr_t end, struct range *found)
{
	bool hit = false;
	struct range range;
	uint32_t state;

	for (struct place *place = places; place < places + PLACES; place++)
		if (place != but && read_place(place, start, end, &state, &range) &&
		    (!hit || range.start < found->start)) {
			*found = range;
			hit = start < end;
		}
	if (!skiplist_find(start, end, &range) || (hit && found->start < range.start))
		return hit;
	*found = range;
	return true;
}

static bool look(const struct place *but, uintptr_t start, uintptr_t end, struct range *found)
{
	struct lock_held held;
	bool hit, taken;

	if (!ranges_live())
		return false;
	for (int tries = 0; tries < PATIENCE; tries++) {
		uint32_t before = atomic_load(&changes);

		if (before & 1)
			continue;
		hit = find_but(but, start, end, found);
		if (atomic_load(&changes) == before)
			return hit;
	}
	taken = begin_change(&held, false);
	hit = find_but(but, start, end, found);
	if (taken)
		end_change(&held);
	return hit;
}

bool ranges_add(const struct range *range)
{
	struct range added = *range, found;
	struct place *place = NULL;
	struct lock_held held;
	bool done;

	added.no_exec = range->copy && range->copy->made.no_exec;
	added.added = live_generation();
	if (!look(NULL, range->start, range->end, &found))
		place = fill_place(&added);
	/* Last: whoever sees it change finds the range; others came before the range. */
	if (place)
		atomic_fetch_add(&ranges_now.generation, 1);
	/* Another thread may have added the same addresses meanwhile. */
	if (place && !look(place, range->start, range->end, &found))
		return true;
	if (!begin_change(&held, true))
		return place != NULL;
	empty_places();
	done = place != NULL;
	if (!done) {
		added.added = live_generation();
		skiplist_forget(range->start, range->end, UINT64_MAX);
		done = skiplist_insert(&added);
		atomic_fetch_add(&ranges_now.generation, 1);
	}
	end_change(&held);
	return done;
}

void ranges_forget(uintptr_t start, uintptr_t end, uint64_t until)
{
	struct lock_held held;
	struct range found;
	uint32_t state;

	if (!ranges_find(start, end, &found))
		return;
	for (struct place *place = places; place < places + PLACES; place++)
		if (read_place(place, start, end, &state, &found) && found.start >= start &&
		    found.end <= end && found.added < until)
			free_place(place, state, &found);
	if (!ranges_find(start, end, &found))
		return;
	if (!begin_change(&held, false))
		return;
	empty_places();
	skiplist_forget(start, end, until);
	end_change(&held);
}

bool ranges_find_whole(uintptr_t start, uintptr_t end, struct range *found)
{
	return look(NULL, start, end, found);
}

bool ranges_apart(uintptr_t start, uintptr_t end)
{
	const uint32_t before = atomic_load(&changes);

	for (struct place *place = places; place < places + PLACES; place++) {
		const uint32_t state = atomic_load(&place->state);
		bool overlaps = atomic_load(&place->cell.start) < end &&
				atomic_load(&place->cell.end) > start;

		if (state % STATES != FREE && (state % STATES != FULL || overlaps))
			return false;
		if (atomic_load(&place->state) != state)
			return false;
	}
	return !(before & 1) && skiplist_apart(start, end) && atomic_load(&changes) == before;
}

bool ranges_hold(uintptr_t start, uintptr_t end, struct range *found)
{
	while (ranges_find(start, end, found)) {
		if (!found->copy || copy_hold_if_live(found->copy))
			return true;
		start = found->end;
	}
	return false;
}

void ranges_let_go(const struct range *range)
{
	if (range->copy)
		copy_drop(range->copy);
}
