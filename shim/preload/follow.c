/* SPDX-License-Identifier: MIT */
/*
 * Passes calls on and lets the table of ranges follow them; mremap(2) has a file of its own
 * (remap.c). While no range is known nothing is looked up.
 *
 * The table changes after the system call, and forgets only what it knew before: what was mapped
 * converted at the same address by another thread in between stays.
 */
#include "follow.h"

#include "next.h"
#include "live.h"
#include "state.h"
#include "verify.h"

#include <sys/mman.h>

/* Of a call that failed the kernel is asked what is left: it may have done a part. */
static void follow(void *addr, size_t length, bool failed, uint64_t moment)
{
	uintptr_t start = (uintptr_t)addr;
	uintptr_t end = start + mapping_span(length, state_page());

	if (failed)
		verify_known(start, end, moment);
	else
		ranges_forget(start, end, moment);
}

void *follow_mmap(const struct mapping *call)
{
	uint64_t moment;
	void *result;

	if (!mapping_replaces(call->flags) || !ranges_live())
		return next_mmap(call);
	moment = ranges_moment();
	result = next_mmap(call);
	follow(call->addr, call->length, result == MAP_FAILED, moment);
	return result;
}

int follow_munmap(void *addr, size_t length)
{
	uint64_t moment;
	int result;

	if (!ranges_live())
		return next_munmap(addr, length);
	moment = ranges_moment();
	result = next_munmap(addr, length);
	follow(addr, length, result != 0, moment);
	return result;
}

/* Nearly never is there a range, and what writes code (a JIT) comes here often. */
int follow_mprotect(void *addr, size_t length, int prot, int key)
{
	uint64_t moment = live_moment();
	int result;

	if (ranges_live())
		return protect(addr, length, prot, key);
	result = next_protect(addr, length, prot, key);
	return live_moment() == moment ? result : protect_look_again(addr, length, prot, result);
}
