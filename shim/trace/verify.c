/* SPDX-License-Identifier: MIT */
/*
 * The table of a traced process against the kernel's own view. In a worker.
 */
#include "verify.h"

#include "shown.h"
#include "tracees.h"

enum maps_answer verify_part(const struct range *range, uint64_t at, struct vma *part)
{
	return shown_part((uintptr_t)at, (uintptr_t)range->end, range->file, range->copy != NULL,
			  part);
}

uint64_t verify_within(const struct range *range, uint64_t start, uint64_t end)
{
	return shown_at((struct extent){ (uintptr_t)start, (uintptr_t)end },
			(struct extent){ (uintptr_t)range->start, (uintptr_t)range->end },
			range->file, range->copy != NULL);
}

static bool find(struct space *space, uint64_t start, uint64_t end, struct range *range)
{
	bool found;

	tracees_lock();
	found = space_find(space, start, end, range);
	tracees_unlock();
	return found;
}

static void forget(struct space *space, uint64_t start, uint64_t end, uint64_t moment)
{
	tracees_lock();
	space_forget(space, start, end, moment);
	tracees_unlock();
}

void verify_known(struct space *space, uint64_t start, uint64_t end, uint64_t moment)
{
	struct range range;

	for (; find(space, start, end, &range); start = range.end) {
		uint64_t at = range.start;
		struct vma part;

		for (; at < range.end && verify_part(&range, at, &part) != MAPS_NONE; at = part.end)
			forget(space, at, part.start, moment);
		forget(space, at, range.end, moment);
	}
}
