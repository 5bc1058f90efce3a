/* SPDX-License-Identifier: MIT */
/*
 * Passes calls on. While no range is known nothing is looked up, and nothing of track.h and
 * protect.h is entered.
 */
#include "follow.h"

#include "live.h"
#include "next.h"
#include "track.h"

void *follow_mmap(const struct mapping *call)
{
	if (!mapping_replaces(call->flags) || !ranges_live())
		return next_mmap(call);
	return track_mmap(call);
}

int follow_munmap(void *addr, size_t length)
{
	return ranges_live() ? track_munmap(addr, length) : next_munmap(addr, length);
}

void *follow_mremap(void *old, size_t old_length, size_t length, int flags, void *addr)
{
	if (!ranges_live())
		return next_mremap(old, old_length, length, flags, addr);
	return track_mremap(old, old_length, length, flags, addr);
}

/* Nearly never is there a range, and what writes code (a JIT) comes here often. */
int follow_mprotect(void *addr, size_t length, int prot, int key)
{
	uint64_t generation = live_generation();
	int result;

	if (ranges_live())
		return protect(addr, length, prot, key);
	result = next_protect(addr, length, prot, key);
	if (live_generation() == generation)
		return result;
	return protect_look_again(addr, length, prot, result);
}
