/*
 * Ranges against the kernel's own view. Called by protect.c and follow.c before a call is failed,
 * by buffer.c where copies are counted.
 */
#include "verify.h"

#include "lock.h"
#include "shown.h"

#include <stddef.h>

/* An fd is open meanwhile, which no handler of the host shall leave behind. */
uintptr_t verify_range(const struct range *range)
{
	struct signals signals;
	uintptr_t found;

	signals_block(&signals);
	found = shown_at(range->start, range->end, range->file, range->copy != NULL);
	signals_restore(&signals);
	return found;
}

void verify_copies(void)
{
	uint64_t moment = ranges_moment();
	struct range range;

	for (uintptr_t at = 0; ranges_find(at, UINTPTR_MAX, &range); at = range.end)
		if (range.copy && !verify_range(&range))
			ranges_forget(range.start, range.end, moment);
}
