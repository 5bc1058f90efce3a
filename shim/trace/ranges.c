/* SPDX-License-Identifier: MIT */
/*
 * The table of the process that this worker's job is of: each look and each change is under the
 * lock of tracees.h.
 */
#include "ranges.h"

#include "copies.h"
#include "jobs.h"

static struct space *lock_space(void)
{
	tracees_lock();
	return job_mine()->thread->process->space;
}

uint64_t ranges_moment(void)
{
	uint64_t moment = lock_space()->moment;

	tracees_unlock();
	return moment;
}

bool ranges_reserve_for(size_t count)
{
	bool enough = space_reserve(lock_space(), count);

	tracees_unlock();
	return enough;
}

bool ranges_add(const struct range *range)
{
	bool added = space_add(lock_space(), range);

	tracees_unlock();
	return added;
}

void ranges_forget(uintptr_t start, uintptr_t end, uint64_t moment)
{
	space_forget(lock_space(), start, end, moment);
	tracees_unlock();
}

bool ranges_find(uintptr_t start, uintptr_t end, struct range *found)
{
	bool hit = space_find(lock_space(), start, end, found);

	tracees_unlock();
	return hit;
}

bool ranges_find_whole(uintptr_t start, uintptr_t end, struct range *found)
{
	bool hit = space_find_whole(lock_space(), start, end, found);

	tracees_unlock();
	return hit;
}

bool ranges_hold(uintptr_t start, uintptr_t end, struct range *found)
{
	bool hit = space_find(lock_space(), start, end, found);

	if (hit && found->copy)
		copy_hold(found->copy);
	tracees_unlock();
	return hit;
}

void ranges_let_go(const struct range *range)
{
	if (!range->copy)
		return;
	tracees_lock();
	copy_drop(range->copy);
	tracees_unlock();
}
