/* SPDX-License-Identifier: MIT */
/*
 * Maps a copy of a part of a file, in place of a mapping that is refused: a candidate's is mapped
 * shared and read-only, so that the kernel itself denies mprotect(+W); that of a refused private
 * mapping is mapped private, and may be written. A copy that is there already is shared (share.c);
 * else a new one is made (make.c) and mapped.
 */
#include "backing.h"
#include "candidate.h"
#include "copies.h"
#include "engine.h"
#include "inode.h"
#include "live.h"
#include "make.h"
#include "memory.h"
#include "next.h"
#include "share.h"
#include "shown.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <sys/mman.h>

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
	return next_mmap(&shown);
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
		next_munmap(buffer, call->length);
	memory_leave(buffer, call->length);
	return result;
}

static void *remember(const struct mapping *call, const struct file *file, void *buffer,
		      struct copy *copy)
{
	struct range range = {
		.start = (uintptr_t)buffer,
		.end = (uintptr_t)buffer + mapping_span(call->length, state_page()),
		.file = copy->self,
		.copy = copy,
		.origin = (uintptr_t)buffer,
	};

	if (ranges_add_within(&range, blocked_for(file)))
		return buffer;
	next_munmap(buffer, call->length);
	errno = ENOMEM;
	return MAP_FAILED;
}

/* What follows hands out the copy that it maps, held; or none, and MAP_FAILED. */
static void *map_filled(const struct mapping *call, const struct copies_held *held,
			struct backing *backing, struct copy *made, struct copy **mapped)
{
	struct copy *copy = copies_add(held, made);
	void *result;

	if (!copy) {
		engine_give_back(made->part.bytes, made->in_memory);
		errno = ENOMEM;
		return MAP_FAILED;
	}
	result = map_backing(call, backing);
	if (result != MAP_FAILED) {
		/* On the kernel's own filesystem for memory both views are known to be one. */
		if (!made->in_memory)
			copy->self = shown_identity((uintptr_t)result, made->self);
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
	struct made made = { .part = *part };
	struct copy copy = { .no_exec = file_is_noexec(file) };
	void *result = MAP_FAILED;
	int error = make(call->fd, !is_private(call), &made);

	if (error) {
		errno = error;
		return MAP_FAILED;
	}
	copy.part = made.part;
	copy.self = made.backing.self;
	copy.shared = made.filled.settled;
	copy.in_memory = made.backing.in_memory;
	copy.database = made.filled.database;
	if (file_copied(file, copy.database)) {
		result = map_filled(call, held, &made.backing, &copy, mapped);
	} else {
		engine_give_back(copy.part.bytes, copy.in_memory);
		errno = EMEDIUMTYPE;
	}
	error = errno;
	backing_close(&made.backing);
	errno = error;
	return result;
}

static void *share_or_copy(const struct mapping *call, const struct copies_held *held,
			   const struct part *part, struct copy **mapped, struct file *file)
{
	struct copy *copy = is_private(call) ? NULL : copies_find(held, part);
	void *result = MAP_FAILED;

	if (copy && !file_copied(file, copy->database)) {
		copy_drop(copy);
		errno = EMEDIUMTYPE;
		return MAP_FAILED;
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
	struct inode now;
	void *result = MAP_FAILED;

	if (!copies_lock(&held, file->known.file, call->offset, blocked_for(file))) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	if (inode_asked(call->fd, &now)) {
		struct part part = {
			.file = now.now,
			.offset = call->offset,
			.bytes = snapshot_bytes(&now.now, call->offset,
						mapping_span(call->length, state_page())),
		};

		result = share_or_copy(call, &held, &part, mapped, file);
	} else {
		errno = EBADF;
	}
	copies_unlock(&held);
	return result;
}

void *engine_buffer(const struct mapping *call, struct file *file)
{
	const int before = errno;
	struct copy *copy;
	void *result;

	if (call->prot & PROT_EXEC) {
		errno = ENOTSUP;
		return MAP_FAILED;
	}
	if (!ranges_reserve_within(blocked_for(file))) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	result = map_copy(call, file, &copy);
	if (result == MAP_FAILED && errno == EFBIG) {
		/* The limits may count what raw system calls have unmapped. */
		verify_copies();
		result = map_copy(call, file, &copy);
	}
	if (result == MAP_FAILED)
		return result;
	/* Outside of the other lock: a thread holds one at a time (lock.h). */
	result = remember(call, file, result, copy);
	copy_drop(copy);
	if (result != MAP_FAILED)
		errno = before;
	return result;
}
