/* SPDX-License-Identifier: MIT */
/*
 * Updates the table of ranges after calls that unmap and replace; mremap(2) is in remap.c.
 *
 * The table changes after the system call, and forgets only what it knew before. A range that
 * another thread put at the same address meanwhile stays.
 */
#include "track.h"

#include "engine.h"
#include "ranges.h"
#include "state.h"
#include "verify.h"

/* After a call that failed, asks the kernel what is left: the call may have done a part. */
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

	/* The new mapping may be at the place of a range that was gone unseen. */
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
