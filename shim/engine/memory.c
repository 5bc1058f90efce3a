/*
 * Memory for the library's own tables. Called by ranges.c, copies.c and report.c.
 */
#include "memory.h"

#include "kernel.h"
#include "mapping.h"
#include "state.h"

#include <sys/mman.h>

enum { LARGEST_PAGE = 64 * 1024 }; /* where it is not known yet */

/*
 * ThreadSanitizer sees no raw system call: memory that the kernel gives us where the host had some
 * would look as if both used it. Built with it, the library takes all from the reserve.
 */
#ifdef __SANITIZE_THREAD__
enum { RESERVE = 64 * 1024 * 1024, RESERVE_FIRST = true };
#else
enum { RESERVE = 192 * 1024, RESERVE_FIRST = false };
#endif

/*
 * Costs nothing until it is touched. Whole pages of it are given away once, by one atomic addition;
 * not aligned as pages are, for that would change how ld.so maps the library.
 */
static char reserve[RESERVE];
static _Atomic size_t reserve_used;

static void *from_reserve(size_t size)
{
	size_t page = state_page() ? state_page() : LARGEST_PAGE;
	size_t span = mapping_span(size, page);
	char *first = reserve + (-(uintptr_t)reserve & (page - 1));
	size_t room = (size_t)(reserve + RESERVE - first);
	size_t used = atomic_load(&reserve_used);

	while (span <= room - used)
		if (atomic_compare_exchange_weak(&reserve_used, &used, used + span))
			return first + used;
	return NULL;
}

void *memory_kept(size_t size)
{
	void *made = RESERVE_FIRST ? from_reserve(size) : NULL;

	if (!made)
		made = kernel_memory(size);
	return made || RESERVE_FIRST ? made : from_reserve(size);
}

void *memory_wiped(_Atomic(void *) *known, size_t size)
{
	void *there = atomic_load(known);
	void *made;

	if (there)
		return there;
	made = memory_kept(size);
	if (!made)
		return NULL;
	/* Fails before Linux 4.14: then a fork while a lock is held could hang the child. */
	kernel(SYS_madvise, made, size, MADV_WIPEONFORK);
	if (atomic_compare_exchange_strong(known, &there, made))
		return made;
	kernel(SYS_munmap, made, size);
	return there;
}
