/* SPDX-License-Identifier: MIT */
/*
 * Classifies an mmap() call by its arguments. Pure.
 */
#include "mapping.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 0x03
#endif
#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif
#ifndef MAP_UNINITIALIZED
#define MAP_UNINITIALIZED 0x4000000
#endif
#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif
#ifdef MAP_32BIT
#define MAP_LOW_MEMORY MAP_32BIT
#else
#define MAP_LOW_MEMORY 0
#endif
#ifndef MAP_ABOVE4G
#define MAP_ABOVE4G 0
#endif

/* TASK_SIZE of x86-64 with four levels of page tables; no process has more addresses. */
#if UINTPTR_MAX > UINT32_MAX
#define ADDRESSES ((uintptr_t)1 << 47)
#else
#define ADDRESSES UINTPTR_MAX
#endif

/* The largest offset: mmap2(2) has 32 bits for it, in units of 4096. */
#if UINTPTR_MAX > UINT32_MAX
#define LARGEST_OFFSET INT64_MAX
#else
#define LARGEST_OFFSET (((INT64_C(1) << 32) << 12) - 1)
#endif

/* include/linux/mman.h, LEGACY_MAP_MASK: what MAP_SHARED always accepted, even without effect. */
enum {
	LEGACY_FLAGS = MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE |
		       MAP_EXECUTABLE | MAP_UNINITIALIZED | MAP_GROWSDOWN | MAP_LOCKED |
		       MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB |
		       MAP_LOW_MEMORY | MAP_ABOVE4G | 21 << MAP_HUGE_SHIFT | 30 << MAP_HUGE_SHIFT,
	NEVER_CANDIDATE = MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_HUGETLB | MAP_SYNC,
};

bool mapping_is_candidate(int prot, int flags)
{
	int type = flags & MAP_TYPE;

	if (prot & PROT_WRITE || flags & NEVER_CANDIDATE)
		return false;
	if (type == MAP_SHARED_VALIDATE)
		return !(flags & ~LEGACY_FLAGS);
	return type == MAP_SHARED;
}

bool mapping_is_written(int prot, int flags)
{
	return prot & PROT_WRITE && mapping_is_candidate(prot & ~PROT_WRITE, flags);
}

bool mapping_is_private_candidate(int prot, int flags)
{
	return (flags & MAP_TYPE) == MAP_PRIVATE && !(prot & PROT_EXEC) &&
	       !(flags & NEVER_CANDIDATE);
}

bool mapping_errno_refuses(int err)
{
	return err == ENODEV || err == EINVAL || err == EOPNOTSUPP || err == ENOSYS ||
	       err == ENOEXEC;
}

bool mapping_type_may_be_unknown(int flags, int err)
{
	return err == EINVAL && (flags & MAP_TYPE) == MAP_SHARED_VALIDATE;
}

int mapping_known_flags(int flags)
{
	return (flags & ~MAP_TYPE) | MAP_SHARED;
}

size_t mapping_span(size_t length, size_t page)
{
	return (length + page - 1) & ~(page - 1);
}

bool mapping_is_well_formed(const struct mapping *call, size_t page)
{
	size_t span = mapping_span(call->length, page);
	uintptr_t addr = (uintptr_t)call->addr;

	if (!span || call->offset % page)
		return false;
	/* The kernel counts offset and length in pages: both must fit an off_t (EOVERFLOW). */
	if (call->offset > LARGEST_OFFSET || span > INT64_MAX - call->offset)
		return false;
	if (call->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		return !(addr % page) && addr <= UINTPTR_MAX - span;
	return true;
}

bool mapping_may_be_remapped(const void *old, size_t old_length, size_t length, int flags,
			     const void *addr, size_t page)
{
	uintptr_t from = (uintptr_t)old, to = (uintptr_t)addr;
	size_t old_span = mapping_span(old_length, page), span = mapping_span(length, page);

	if (from % page || !span || span >= ADDRESSES ||
	    flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return false;
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE))
		return false;
	if (flags & MREMAP_DONTUNMAP && old_span != span)
		return false;
	if (!(flags & MREMAP_FIXED))
		return true;
	return !(to % page) && to <= ADDRESSES - span &&
	       (to >= from + old_span || from >= to + span);
}

bool mapping_replaces(int flags)
{
	return (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == MAP_FIXED;
}

int mapping_private_flags(int flags)
{
	return (flags & ~MAP_TYPE) | MAP_PRIVATE;
}
