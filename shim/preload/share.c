/* SPDX-License-Identifier: MIT */
/*
 * A second mapping of a copy.
 *
 * mremap(2) with an old size of 0 duplicates a shared mapping, with all that was done to it since;
 * so what a new mapping would not have is taken away again.
 */
#include "share.h"

#include "kernel.h"
#include "maps.h"
#include "memory.h"
#include "next.h"
#include "ranges.h"
#include "state.h"

#include <sys/mman.h>

#ifdef MAP_32BIT
#define PLACE_FLAGS (MAP_FIXED_NOREPLACE | MAP_32BIT)
#else
#define PLACE_FLAGS MAP_FIXED_NOREPLACE
#endif

/*
 * From its first byte: an address that was the start of one mapping of the copy may be, a moment
 * later, in the middle of another's.
 */
static bool shows_copy(uintptr_t at, const struct copy *copy)
{
	struct vma vma;

	return maps_find(at, &vma) == MAPS_FOUND && vma.start == at && !vma.offset && vma.shared &&
	       !vma.writable && vma.inode == copy->self.inode &&
	       vma.device == copy->self.device;
}

/* Where the copy is mapped from its first byte on, 0 if nowhere. */
static uintptr_t source_of(const struct copy *copy)
{
	uintptr_t at = atomic_load(&copy->origin);
	struct range range;

	/* Its range may not be known yet. */
	if (at && shows_copy(at, copy))
		return at;
	/* That one is gone, but others may be there. */
	for (at = 0; ranges_find(at, UINTPTR_MAX, &range); at = range.end)
		if (range.copy == copy && range.origin == range.start &&
		    shows_copy(range.start, copy))
			return range.start;
	return 0;
}

/* Whether new mappings are locked into memory (mlockall(2), MCL_FUTURE): a locked page is one
 * that cannot be dropped. */
static bool new_ones_are_locked(void)
{
	void *place = memory_place(state_page());
	word page = KERNEL_MMAP(place, state_page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	word answer = -EINVAL;

	if (!kernel_failed(page)) {
		answer = kernel(SYS_madvise, page, state_page(), MADV_DONTNEED);
		kernel(SYS_munmap, page, state_page());
	} else if (page != -EAGAIN) { /* RLIMIT_MEMLOCK, which nothing else counts against */
		answer = 0;
	}
	memory_leave(place, state_page());
	return answer == -EINVAL;
}

/* Gives the duplicate what call asks for, in place of what the source has. */
static bool put_right(void *mapping, const struct mapping *call)
{
	int prot = call->prot & PROT_READ;
	bool locked = call->flags & MAP_LOCKED || new_ones_are_locked();

	kernel(SYS_madvise, mapping, call->length, MADV_DOFORK);
	kernel(SYS_madvise, mapping, call->length, MADV_NORMAL);
	kernel(SYS_madvise, mapping, call->length, MADV_DODUMP);
	/* By its key, too, which mprotect(2) would leave. */
	if (kernel(SYS_pkey_mprotect, mapping, call->length, prot, 0) &&
	    next_mprotect(mapping, call->length, prot))
		return false;
	if (kernel(locked ? SYS_mlock : SYS_munlock, mapping, call->length) && locked)
		return false;
	if ((call->flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		kernel(SYS_madvise, mapping, call->length, MADV_POPULATE_READ);
	return true;
}

/*
 * An empty place where the call wants its mapping: mremap(2) itself knows no hints, and no
 * MAP_FIXED_NOREPLACE. NULL if any place will do, MAP_FAILED if there is none.
 */
static void *reserve_place(const struct mapping *call)
{
	struct mapping place = *call;

	if (mapping_replaces(call->flags) || (!call->addr && !(call->flags & PLACE_FLAGS)))
		return NULL;
	place.prot = PROT_NONE;
	place.flags = (call->flags & PLACE_FLAGS) | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	place.fd = -1;
	place.offset = 0;
	return next_mmap(&place);
}

static void *duplicate(uintptr_t source, const struct mapping *call)
{
	void *place = reserve_place(call);
	void *result;

	if (place == MAP_FAILED)
		return MAP_FAILED;
	result = next_mremap((void *)source, 0, call->length,
			     place ? MREMAP_MAYMOVE | MREMAP_FIXED : MREMAP_MAYMOVE, place);
	if (result == MAP_FAILED && place)
		next_munmap(place, call->length);
	return result;
}

void *share_map(const struct mapping *call, struct copy *copy)
{
	uintptr_t source = source_of(copy);
	void *result;

	if (!source)
		return MAP_FAILED;
	result = duplicate(source, call);
	if (result == MAP_FAILED)
		return MAP_FAILED;
	/* Again: the source may have become something else in between. */
	if (shows_copy((uintptr_t)result, copy) && put_right(result, call))
		return result;
	next_munmap(result, call->length);
	return MAP_FAILED;
}
