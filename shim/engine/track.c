/* SPDX-License-Identifier: MIT */
/*
 * Lets the table of ranges follow what is unmapped and replaced; mremap(2) is in remap.c.
 *
 * The table changes after the system call, and forgets only what it knew before: what was mapped
 * converted at the same address by another thread in between stays.
 */
#include "track.h"

#include "engine.h"
#include "ranges.h"
#include "state.h"
#include "verify.h"

/* Of a call that failed the kernel is asked what is left: it may have done a part. */
static void gone(void *addr, size_t length, bool failed, uint64_t generation)
{
	uintptr_t start = (uintptr_t)addr;
	uintptr_t end = start + mapping_span(length, state_page());

	if (failed)
		verify_known(start, end, generation);
	else
		ranges_forget(start, end, generation);
}

void *track_mmap(const struct mapping *call)
{
	uint64_t generation = ranges_generation();
	void *result = engine_mmap(call);
	bool failed = result == MAP_FAILED;

	/* It may have been given the place of a range that was gone unseen. */
	gone(failed ? call->addr : result, call->length, failed, generation);
	return result;
}

int track_munmap(void *addr, size_t length)
{
	uint64_t generation = ranges_generation();
	int result = engine_munmap(addr, length);

	gone(addr, length, result != 0, generation);
	return result;
}
