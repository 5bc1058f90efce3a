/* SPDX-License-Identifier: MIT */
/*
 * The copies that are mapped in this process.
 *
 * A bucket's slots change only under its lock, except for the count of holders: the last holder to
 * let go frees the slot. Slots are never unmapped, so a stale pointer reads nonsense at worst.
 */
#include "copies.h"

#include "engine.h"
#include "memory.h"
#include "state.h"

enum {
	BUCKETS = 64,
	SLOTS = 1024 / sizeof(struct copy),
	SLOTS_AT_ONCE = 4,
};

struct slots {
	_Atomic(struct slots *) next;
	struct copy copies[SLOTS];
};

/* State of threads that a child of fork does not have, in memory that it does not inherit. */
struct at_work {
	struct lock locks[BUCKETS];
	_Atomic uint64_t reserved[2];
};

/* Set once, by compare-and-exchange; NULL until the first copy. */
static _Atomic(void *) at_work;

/*
 * The first slots of each; others follow. One store under the lock adds those, so a fork never
 * copies half a change.
 */
static struct slots buckets[BUCKETS];

/* Bytes of live copies, in the spool and in memory. Changed by single atomic operations. */
static _Atomic uint64_t live[2];

bool copies_lock(struct copies_held *held, struct identity file, uint64_t offset)
{
	struct at_work *now = memory_wiped(&at_work, sizeof(*now));
	uint64_t hash = (file.inode ^ file.device << 32 ^ offset >> 12) * 0x9e3779b97f4a7c15;

	if (!now)
		return false;
	held->bucket = &buckets[hash >> 58];
	return lock_take(&now->locks[hash >> 58], &held->held, true);
}

void copies_unlock(const struct copies_held *held)
{
	lock_release(&held->held);
}

static uint64_t taken(struct at_work *now, bool in_memory)
{
	return atomic_load(&live[in_memory]) + atomic_load(&now->reserved[in_memory]);
}

/* Adds first and compares afterwards: two threads can both fail, but never both exceed a limit. */
bool engine_reserve(uint64_t bytes, bool in_memory)
{
	const struct settings *settings = state_settings();
	struct at_work *now = atomic_load(&at_work);

	if (bytes > settings->buffer_limit)
		return false;
	atomic_fetch_add(&now->reserved[in_memory], bytes);
	if (taken(now, true) + taken(now, false) <= settings->buffer_limit &&
	    (!in_memory || taken(now, true) <= state_memory_limit()))
		return true;
	engine_give_back(bytes, in_memory);
	return false;
}

void engine_give_back(uint64_t bytes, bool in_memory)
{
	struct at_work *now = atomic_load(&at_work);

	atomic_fetch_sub(&now->reserved[in_memory], bytes);
}

void copy_hold(struct copy *copy)
{
	atomic_fetch_add(&copy->holders, 1);
}

void copy_is_at(struct copy *copy, uintptr_t origin)
{
	atomic_store(&copy->origin, origin);
}

void copy_drop(struct copy *copy)
{
	uint64_t bytes = copied_room(&copy->made);
	bool in_memory = copy->made.in_memory;

	/* Read these before: once the slot is free, another copy may get it. */
	if (atomic_fetch_sub(&copy->holders, 1) == 1)
		atomic_fetch_sub(&live[in_memory], bytes);
}

bool copy_hold_if_live(struct copy *copy)
{
	uint32_t holders = atomic_load(&copy->holders);

	while (holders)
		if (atomic_compare_exchange_weak(&copy->holders, &holders, holders + 1))
			return true;
	return false;
}

struct copy *copies_find(const struct copies_held *held, const struct part *part)
{
	for (struct slots *slots = held->bucket; slots; slots = atomic_load(&slots->next))
		for (size_t i = 0; i < SLOTS; i++)
			if (slots->copies[i].made.shared &&
			    copied_shows(&slots->copies[i].made, part) &&
			    copy_hold_if_live(&slots->copies[i]))
				return &slots->copies[i];
	return NULL;
}

static struct copy *free_slot(struct slots *bucket)
{
	struct slots *last = NULL, *more;

	for (struct slots *slots = bucket; slots; slots = atomic_load(&slots->next)) {
		for (size_t i = 0; i < SLOTS; i++)
			if (!atomic_load(&slots->copies[i].holders))
				return &slots->copies[i];
		last = slots;
	}
	more = memory_kept(SLOTS_AT_ONCE * sizeof(*more));
	if (!more)
		return NULL;
	for (size_t i = 1; i < SLOTS_AT_ONCE; i++)
		atomic_store(&more[i - 1].next, &more[i]);
	atomic_store(&last->next, more);
	return more->copies;
}

struct copy *copies_add(const struct copies_held *held, const struct copied *made)
{
	struct copy *copy = free_slot(held->bucket);

	if (!copy)
		return NULL;
	copy->made = *made;
	atomic_store(&copy->origin, 0);
	atomic_fetch_add(&live[made->in_memory], copied_room(made));
	engine_give_back(copied_room(made), made->in_memory);
	atomic_store(&copy->holders, 1);
	return copy;
}
