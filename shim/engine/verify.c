/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel whether the ranges of the table are still there, and brings the table up to date.
 */
#include "verify.h"

#include "shown.h"
#include "signals.h"

#include <stddef.h>

/* An fd is open meanwhile, which no handler of the host shall leave behind. */
enum maps_answer verify_part(const struct range *range, uintptr_t at, struct vma *part)
{
	struct signals signals;
	enum maps_answer answer;

	signals_block(&signals);
	answer = shown_part(at, range->end, range->file, range->copy != NULL, part);
	signals_restore(&signals);
	return answer;
}

uintptr_t verify_within(const struct range *range, uintptr_t start, uintptr_t end)
{
	struct extent whole = { range->start, range->end };
	struct extent asked = { start > whole.start ? start : whole.start,
				end < whole.end ? end : whole.end };
	struct signals signals;
	uintptr_t found;

	signals_block(&signals);
	found = shown_at(&asked, &whole, range->file, range->copy != NULL);
	signals_restore(&signals);
	return found;
}

uintptr_t verify_range(const struct range *range)
{
	return verify_within(range, range->start, range->end);
}

void verify_known(uintptr_t start, uintptr_t end, uint64_t generation)
{
	struct range range;

	for (; start < end && ranges_find(start, end, &range); start = range.end) {
		uintptr_t at = range.start;
		struct vma part;

		for (; at < range.end && verify_part(&range, at, &part) != MAPS_NONE; at = part.end)
			ranges_forget(at, part.start, generation);
		ranges_forget(at, range.end, generation);
	}
}

void verify_copies(void)
{
	uint64_t generation = ranges_generation();
	struct range range;

	for (uintptr_t at = 0; ranges_find(at, UINTPTR_MAX, &range); at = range.end)
		if (range.copy && !verify_range(&range))
			ranges_forget(range.start, range.end, generation);
}
