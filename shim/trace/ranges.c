/* SPDX-License-Identifier: MIT */
/*
 * The table of the process of this worker's job: each look and each change is under the lock of
 * tracees.h. Purges it, too (purge.h).
 */
#include "purge.h"

#include "copies.h"
#include "engine.h"
#include "guard.h"
#include "workers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

bool ranges_reserve(size_t count)
{
	const int before = errno;
	/* A new range may cut an old one in two. */
	bool enough = mm_reserve(lock_space(), 2 * count);

	unlock_space(before);
	return enough;
}

/* A converted range outside of the window is guarded before the table knows it. */
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

void ranges_forget(uintptr_t start, uintptr_t end, uint64_t generation)
{
	const int before = errno;

	mm_forget(lock_space(), start, end, generation);
	unlock_space(before);
}

bool ranges_find_whole(uintptr_t start, uintptr_t end, struct range *found)
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
	if (hit)
		range_cut(found, start, end);
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

enum { FEW = 64 };

/*
 * A mapping that existed all the time has a line in maps, and the addresses of lines only grow (the
 * kernel's Documentation/filesystems/proc.rst). The generation keeps ranges that were added
 * meanwhile.
 */
static void forget_what_lies_between(FILE *maps, uint64_t generation)
{
	uintptr_t start, end, last = 0;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, maps) > 0 &&
	       sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2) {
		/* A mapping that grew since its line was read has another line. */
		if (start > last)
			ranges_forget(last, start, generation);
		last = end;
	}
	/* A thread that has ended has an empty maps. */
	if (last && feof(maps))
		ranges_forget(last, UINTPTR_MAX, generation);
	free(line);
}

void purge(void)
{
	const uint64_t generation = ranges_generation();
	char name[64];
	FILE *maps;

	snprintf(name, sizeof(name), "%s/maps", engine_proc());
	maps = fopen(name, "re");
	if (!maps)
		return;
	forget_what_lies_between(maps, generation);
	fclose(maps);
}

void purge_grown(struct job *job)
{
	struct mm *mm = job->thread->process->mm;
	bool grown;

	tracees_lock();
	grown = mm->count > FEW && mm->count > mm->purge_at;
	if (grown)
		mm->purge_at = SIZE_MAX; /* keeps other jobs from purging */
	tracees_unlock();
	if (!grown)
		return;
	purge();
	tracees_lock();
	mm->purge_at = 2 * mm->count;
	tracees_unlock();
}
