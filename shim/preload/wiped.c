/*
 * Memory that a fork wipes. Called by ranges.c, copies.c and report.c at their first use of it.
 */
#include "wiped.h"

#include "kernel.h"

#include <sys/mman.h>

void *wiped_memory(_Atomic(void *) *known, size_t size)
{
	void *there = atomic_load(known);
	void *made;

	if (there)
		return there;
	made = kernel_memory(size);
	if (!made)
		return NULL;
	/* Fails before Linux 4.14: then a fork while a lock is held could hang the child. */
	kernel(SYS_madvise, made, size, MADV_WIPEONFORK);
	if (atomic_compare_exchange_strong(known, &there, made))
		return made;
	kernel(SYS_munmap, made, size);
	return there;
}
