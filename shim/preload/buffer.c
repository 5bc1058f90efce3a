/* SPDX-License-Identifier: MIT */
/*
 * Maps a copy of a part of a file, in place of a mapping that is refused: a candidate's is mapped
 * shared and read-only, so that the kernel itself denies mprotect(+W); that of a refused private
 * mapping is mapped private, and may be written. A copy that is there already is shared; else a new
 * one is made (make.c) and mapped.
 *
 * To share: mremap(2) with an old size of 0 duplicates a shared mapping, with all that was done to
 * it since; so what a new mapping would not have is taken away again.
 */
#include "backing.h"
#include "copies.h"
#include "engine.h"
#include "kernel.h"
#include "make.h"
#include "maps.h"
#include "memory.h"
#include "next.h"
#include "serve.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <sys/mman.h>

#ifdef MAP_32BIT
#define PLACE_FLAGS (MAP_FIXED_NOREPLACE | MAP_32BIT)
#else
#define PLACE_FLAGS MAP_FIXED_NOREPLACE
#endif

static bool is_private(const struct mapping *call)
{
	return call->kind == MAPPING_PRIVATE;
}

/* Maps the backing as call wants it, where the kernel likes if that would replace something. */
static void *map_backing(const struct mapping *call, const struct backing *backing)
{
	struct mapping shown = *call;

	shown.flags &= ~MAP_TYPE;
	shown.flags |= is_private(call) ? MAP_PRIVATE : MAP_SHARED;
	shown.fd = backing->fd;
	shown.offset = 0;
	if (mapping_replaces(call->flags)) {
		shown.addr = memory_place(call->length);
		shown.flags &= ~MAP_FIXED;
	}
	return engine_mmap(&shown);
}

/* The ready buffer takes the place of what is at the program's address in one call. */
static void *move_to(const struct mapping *call, void *buffer)
{
	void *result;

	if (!mapping_replaces(call->flags))
		return buffer;
	result = next_mremap(buffer, call->length, call->length, MREMAP_MAYMOVE | MREMAP_FIXED,
			     call->addr);
	if (result == MAP_FAILED)
		engine_munmap(buffer, call->length);
	memory_leave(buffer, call->length);
	return result;
}

/* What follows hands out the copy that it maps, held; or none, and MAP_FAILED. */
static void *map_filled(const struct mapping *call, const struct copies_held *held,
			const struct backing *backing, const struct copied *made,
			struct copy **mapped)
{
	struct copy *copy = copies_add(held, made);
	void *result;

	if (!copy) {
		engine_give_back(copied_room(made), made->in_memory);
		return mapping_fails(ENOMEM);
	}
	result = map_backing(call, backing);
	if (result != MAP_FAILED) {
		/* On the kernel's own filesystem for memory both views are known to be one. */
		if (!made->in_memory)
			copy->made.self = shown_identity((uintptr_t)result, made->self);
		result = move_to(call, result);
	}
	if (result == MAP_FAILED) {
		copy_drop(copy);
		return result;
	}
	copy_is_at(copy, (uintptr_t)result);
	*mapped = copy;
	return result;
}

static void *make_copy(const struct mapping *call, const struct copies_held *held,
		       const struct part *part, struct copy **mapped, struct file *file)
{
	struct copied made = {
		.part = *part,
		.keep = file->keep,
		.no_exec = file_is_noexec(file),
	};
	struct backing backing;
	void *result = MAP_FAILED;
	int error = make(call->fd, !is_private(call), &made, &backing);

	if (error)
		return mapping_fails(error);
	if (file_copied(file, made.database)) {
		result = map_filled(call, held, &backing, &made, mapped);
	} else {
		engine_give_back(copied_room(&made), made.in_memory);
		errno = EMEDIUMTYPE;
	}
	error = errno;
	backing_close(&backing);
	errno = error;
	return result;
}

/*
 * From its first byte: an address that was the start of one mapping of the copy may be, a moment
 * later, in the middle of another's.
 */
static bool shows_copy(uintptr_t at, const struct copy *copy)
{
	struct vma vma;

	return maps_find(at, &vma) == MAPS_FOUND && vma.start == at && !vma.offset && vma.shared &&
	       !vma.writable && vma.inode == copy->made.self.inode &&
	       vma.device == copy->made.self.device;
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
	return engine_mmap(&place);
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
		engine_munmap(place, call->length);
	return result;
}

/*
 * Maps copy as call, a candidate, asks for it: as mmap(2) of the copy would, but nothing is read;
 * where the kernel likes if it would replace something. MAP_FAILED if that cannot be: no range
 * shows the copy from its start any more, or the kernel cannot be asked whether one does. copy is
 * held by the caller. May touch errno.
 */
static void *share_map(const struct mapping *call, struct copy *copy)
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
	engine_munmap(result, call->length);
	return MAP_FAILED;
}

static void *share_or_copy(const struct mapping *call, const struct copies_held *held,
			   const struct part *part, struct copy **mapped, struct file *file)
{
	struct copy *copy = is_private(call) ? NULL : copies_find(held, part);
	void *result = MAP_FAILED;

	if (copy && !file_copied(file, copy->made.database)) {
		copy_drop(copy);
		return mapping_fails(EMEDIUMTYPE);
	}
	if (copy) {
		result = share_map(call, copy);
		if (result != MAP_FAILED)
			result = move_to(call, result);
		if (result != MAP_FAILED) {
			*mapped = copy;
			return result;
		}
		copy_drop(copy);
	}
	return make_copy(call, held, part, mapped, file);
}

/* No two threads make the same copy. */
static void *map_copy(const struct mapping *call, struct file *file, struct copy **mapped)
{
	struct copies_held held;
	struct part part;
	void *result = MAP_FAILED;

	if (!copies_lock(&held, file->known.file, call->offset))
		return mapping_fails(ENOMEM);
	if (make_part(call, call->fd, &part))
		result = share_or_copy(call, &held, &part, mapped, file);
	else
		errno = EBADF;
	copies_unlock(&held);
	return result;
}

void *engine_buffer(const struct mapping *call, struct file *file)
{
	const int before = errno;
	struct copy *copy;
	void *result;

	if (call->prot & PROT_EXEC)
		return mapping_fails(ENOTSUP);
	if (!ranges_reserve(1))
		return mapping_fails(ENOMEM);
	result = map_copy(call, file, &copy);
	if (result == MAP_FAILED && errno == EFBIG) {
		/* The limits may count what raw system calls have unmapped. */
		verify_copies();
		result = map_copy(call, file, &copy);
	}
	if (result == MAP_FAILED)
		return result;
	/* Outside of the other lock: a thread holds one at a time (lock.h). */
	result = serve_mapped(call, result, copy->made.self, copy);
	copy_drop(copy);
	if (result != MAP_FAILED)
		errno = before;
	return result;
}
