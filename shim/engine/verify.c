/* SPDX-License-Identifier: MIT */
/*
 * Compares ranges with what the kernel has mapped.
 */
#include "verify.h"

#include "signals.h"

/*
 * verify_part(), up to end. A converted range is private, so a shared mapping of the file does not
 * belong to it.
 */
static enum maps_answer first_part(const struct range *range, uintptr_t at, uintptr_t end,
				   struct vma *part)
{
	struct identity file = range->file;

	while (at < end) {
		enum maps_answer answer = file.inode ? maps_find(at, part) : MAPS_UNKNOWN;

		if (answer == MAPS_UNKNOWN) {
			*part = (struct vma){ at, end, .writable = true, .executable = true };
			return MAPS_UNKNOWN;
		}
		if (answer == MAPS_NONE)
			break;
		if (part->start < end && (range->copy || !part->shared) &&
		    part->inode == file.inode && part->device == file.device) {
			if (part->start < at) {
				part->offset += at - part->start;
				part->start = at;
			}
			part->end = part->end < end ? part->end : end;
			return MAPS_FOUND;
		}
		at = part->end;
	}
	return MAPS_NONE;
}

/* Blocks signals, because an fd is open meanwhile, and no handler may leave it behind. */
enum maps_answer verify_part(const struct range *range, uintptr_t at, struct vma *part)
{
	struct signals signals;
	enum maps_answer answer;

	signals_block(&signals);
	answer = first_part(range, at, range->end, part);
	signals_restore(&signals);
	return answer;
}

/* If nothing has cut the range, map_files has its exact bounds; then it reads no lines. */
uintptr_t verify_within(const struct range *range, uintptr_t start, uintptr_t end)
{
	uintptr_t at = start > range->start ? start : range->start;
	struct signals signals;
	struct vma part = { .start = at };

	signals_block(&signals);
	if (!(!range->copy && range->file.inode && maps_are_lines() &&
	      maps_show(range->start, range->end, range->file)) &&
	    first_part(range, at, end < range->end ? end : range->end, &part) == MAPS_NONE)
		part.start = 0;
	signals_restore(&signals);
	return part.start;
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
		if (range.copy && !verify_within(&range, range.start, range.end))
			ranges_forget(range.start, range.end, generation);
}
