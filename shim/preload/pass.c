/* SPDX-License-Identifier: MIT */
/*
 * How this process's calls are made, for what both engines do with them (engine.h): by the next
 * library, which is told, as of every call.
 */
#include "engine.h"
#include "kernel.h"
#include "next.h"
#include "state.h"

#include <errno.h>

void *engine_mmap(const struct mapping *call)
{
	return next_mmap(call);
}

int engine_munmap(void *addr, size_t length)
{
	return next_munmap(addr, length);
}

void *engine_mremap(void *old, size_t old_length, size_t length, int flags, void *addr,
		    bool converted)
{
	(void)converted;
	return next_mremap(old, old_length, length, flags, addr);
}

int engine_mprotect(void *addr, size_t length, int prot, int key)
{
	return next_protect(addr, length, prot, key);
}

bool engine_mprotect_is_right(int prot, int key)
{
	void *nowhere = (void *)(UINTPTR_MAX - 2 * state_page() + 1);

	return !next_protect(nowhere, state_page(), prot, key) || errno == ENOMEM;
}

/*
 * If the next library fails, and may have done a part, the kernel is told the rest: what stayed
 * writable would lose what is written.
 */
bool engine_set_protection(uintptr_t start, uintptr_t end, int prot)
{
	const int before = errno;
	bool done = next_mprotect((void *)start, end - start, prot) == 0 ||
		    kernel(SYS_mprotect, start, end - start, prot) == 0;

	errno = before;
	return done;
}

void engine_madvise(uintptr_t start, size_t length, int advice)
{
	kernel(SYS_madvise, start, length, advice);
}
