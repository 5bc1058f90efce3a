/* SPDX-License-Identifier: MIT */
/*
 * The table of the process that this worker's job is of: each look and each change is under the
 * lock of tracees.h.
 */
#include "ranges.h"

#include "copies.h"
#include "engine.h"
#include "guard.h"
#include "workers.h"

#include <errno.h>

static struct mm *lock_space(void)
{
	tracees_lock();
	return job_mine()->thread->process->mm;
}

static void unlock_space(int before)
{
	tracees_unlock();
	errno = before;
}

uint64_t ranges_generation(void)
{
	uint64_t generation = lock_space()->generation;

	tracees_unlock();
	return generation;
}

bool ranges_reserve_for(size_t count)
{
	const int before = errno;
	bool enough = mm_reserve(lock_space(), count);

	unlock_space(before);
	return enough;
}

/* What is converted is watched wherever it is, before it is known. */
bool ranges_add(const struct range *range)
{
	const int before = errno;
	struct job *job = job_mine();
	bool added;

	if (!range->copy && !abi_is_watched(job->thread->call.abi, range->start))
		guard(job);
	added = mm_add(lock_space(), range);
	unlock_space(before);
	return added;
}

bool engine_add(const struct range *range, const struct file *file)
{
	(void)file;
	return ranges_add(range);
}

void ranges_forget(uintptr_t start, uintptr_t end, uint64_t generation)
{
	const int before = errno;

	mm_forget(lock_space(), start, end, generation);
	unlock_space(before);
}

bool ranges_find_whole(uintptr_t start, uintptr_t end, struct range *found)
{
	bool hit = mm_find_whole(lock_space(), start, end, found);

	tracees_unlock();
	return hit;
}

bool ranges_find(uintptr_t start, uintptr_t end, struct range *found)
{
	bool hit = mm_find(lock_space(), start, end, found);

	tracees_unlock();
	return hit;
}

bool ranges_hold(uintptr_t start, uintptr_t end, struct range *found)
{
	bool hit = mm_find(lock_space(), start, end, found);

	if (hit && found->copy)
		copy_hold(found->copy);
	tracees_unlock();
	return hit;
}

void ranges_let_go(const struct range *range)
{
	const int before = errno;

	if (!range->copy)
		return;
	tracees_lock();
	copy_drop(range->copy);
	unlock_space(before);
}
