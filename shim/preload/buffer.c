/* SPDX-License-Identifier: MIT */
/*
 * Maps a copy of a part of a file in place of a refused mapping. For a candidate it maps the copy
 * shared and read-only, so that the kernel itself denies mprotect(+W); for a refused private
 * mapping it maps the copy private, and the program may write to it. It shares an existing copy if
 * there is one, and else makes a new one (make.c).
 *
 * To share a copy: mremap(2) with an old size of 0 duplicates a shared mapping, with all attributes
 * that it has got since. So the attributes that a new mapping would not have are reset.
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

/* Maps the backing as call wants it, but where the kernel chooses if it would replace something. */
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

/* Moves the finished buffer to the program's address in one call. */
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

/* These set *mapped to the copy that they map, held; or return MAP_FAILED. */
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
		/* For memfds /proc/self/maps is known to show the identity of stat(2). */
		if (!made->in_memory)
			copy->made.self = maps_identity((uintptr_t)result, made->self);
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
 * Whether a mapping at `at` shows the copy from its first byte: an address where one mapping of the
 * copy began may be in the middle of another one a moment later.
 */
static bool shows_copy(uintptr_t at, const struct copy *copy)
{
	struct vma vma;

	return maps_find(at, &vma) == MAPS_FOUND && vma.start == at && !vma.offset && vma.shared &&
	       !vma.writable && vma.inode == copy->made.self.inode &&
	       vma.device == copy->made.self.device;
}

/* An address where the copy is mapped from its first byte on, 0 if there is none. */
static uintptr_t source_of(const struct copy *copy)
{
	uintptr_t at = atomic_load(&copy->origin);
	struct range range;

	/* The range at this address may not be in the table yet. */
	if (at && shows_copy(at, copy))
		return at;
	/* That mapping is gone, but there may be others. */
	for (at = 0; ranges_find(at, UINTPTR_MAX, &range); at = range.end)
		if (range.copy == copy && range.origin == range.start &&
		    shows_copy(range.start, copy))
			return range.start;
	return 0;
}

/* Whether new mappings are locked (mlockall(2), MCL_FUTURE): locked pages cannot be dropped. */
static bool new_ones_are_locked(void)
{
	void *place = memory_place(state_page());
	word page = KERNEL_MMAP(place, state_page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	word answer = -EINVAL;

	if (!kernel_failed(page)) {
		answer = kernel(SYS_madvise, page, state_page(), MADV_DONTNEED);
		kernel(SYS_munmap, page, state_page());
	} else if (page != -EAGAIN) { /* EAGAIN: RLIMIT_MEMLOCK, so it would be locked */
		answer = 0;
	}
	memory_leave(place, state_page());
	return answer == -EINVAL;
}

/* Gives the duplicate the attributes that call asks for, in place of the source's. */
static bool put_right(void *mapping, const struct mapping *call)
{
	int prot = call->prot & PROT_READ;
	bool locked = call->flags & MAP_LOCKED || new_ones_are_locked();

	kernel(SYS_madvise, mapping, call->length, MADV_DOFORK);
	kernel(SYS_madvise, mapping, call->length, MADV_NORMAL);
	kernel(SYS_madvise, mapping, call->length, MADV_DODUMP);
	/* Resets the protection key, too, which mprotect(2) would keep. */
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
 * Reserves an empty place where the call wants its mapping, because mremap(2) has neither hints nor
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
 * Maps copy as call, a candidate, asks for it, without reading anything; where the kernel chooses
 * if it would replace something. MAP_FAILED if no range shows the copy from its start any more, or
 * if the kernel cannot be asked whether one does. The caller holds copy. May change errno.
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
	/* Checks again: another thread may have replaced the source meanwhile. */
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

/* The lock keeps two threads from making the same copy. */
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
		/* The limits may count copies that raw system calls have unmapped. */
		verify_copies();
		result = map_copy(call, file, &copy);
	}
	if (result == MAP_FAILED)
		return result;
	/* After copies_unlock(), because a thread holds one lock at a time (lock.h). */
	result = serve_mapped(call, result, copy->made.self, copy);
	copy_drop(copy);
	if (result != MAP_FAILED)
		errno = before;
	return result;
}
