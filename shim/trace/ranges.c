/* SPDX-License-Identifier: MIT */
/*
 * The table of the process that this worker's job is of: each look and each change is under the
 * lock of tracees.h.
 */
#include "ranges.h"

#include "copies.h"
#include "guard.h"
#include "jobs.h"

#include <errno.h>

static struct space *enter(int *before)
{
	*before = errno;
	tracees_lock();
	return job_mine()->thread->process->space;
}

static void leave(int before)
{
	tracees_unlock();
	errno = before;
}

uint64_t ranges_moment(void)
{
	int before;
	uint64_t moment = enter(&before)->moment;

	leave(before);
	return moment;
}

bool ranges_reserve_for(size_t count)
{
	int before;
	bool enough = space_reserve(enter(&before), count);

	leave(before);
	return enough;
}

/* What is converted is watched wherever it is, before it is known. */
bool ranges_add(const struct range *range)
{
	struct job *job = job_mine();
	int before;
	bool added;

	if (!range->copy && !abi_is_watched(job->thread->call.abi, range->start))
		guard(job);
	added = space_add(enter(&before), range);
	leave(before);
	return added;
}

void ranges_forget(uintptr_t start, uintptr_t end, uint64_t moment)
{
	int before;

	space_forget(enter(&before), start, end, moment);
	leave(before);
}

bool ranges_find(uintptr_t start, uintptr_t end, struct range *found)
{
	int before;
	bool hit = space_find(enter(&before), start, end, found);

	leave(before);
	return hit;
}

bool ranges_find_whole(uintptr_t start, uintptr_t end, struct range *found)
{
	int before;
	bool hit = space_find_whole(enter(&before), start, end, found);

	leave(before);
	return hit;
}

bool ranges_hold(uintptr_t start, uintptr_t end, struct range *found)
{
	int before;
	bool hit = space_find(enter(&before), start, end, found);

	if (hit && found->copy)
		copy_hold(found->copy);
	leave(before);
	return hit;
}

void ranges_let_go(const struct range *range)
{
	int before;

	enter(&before);
	if (range->copy)
		copy_drop(range->copy);
	leave(before);
}
