/* SPDX-License-Identifier: MIT */
/*
 * Looks for what is gone from a traced process. Runs in a worker.
 *
 * What was there all the while has a line in maps, and lines never go back (the kernel's
 * Documentation/filesystems/proc.rst); what was added meanwhile stays in any case.
 */
#include "purge.h"

#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FEW = 64 };

static void forget_what_lies_between(FILE *maps, uint64_t generation)
{
	uintptr_t start, end, last = 0;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, maps) > 0 &&
	       sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2) {
		/* A line that grew since it was read comes once more. */
		if (start > last)
			ranges_forget(last, start, generation);
		last = end;
	}
	/* Nothing at all is shown of a thread that has ended. */
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
		mm->purge_at = SIZE_MAX; /* others need not, meanwhile */
	tracees_unlock();
	if (!grown)
		return;
	purge();
	tracees_lock();
	mm->purge_at = 2 * mm->count;
	tracees_unlock();
}
