/* SPDX-License-Identifier: MIT */
/*
 * Maps a copy of a part of a file, in place of a mapping that is refused: a candidate's is mapped
 * shared and read-only, so that the kernel itself denies mprotect(+W); that of a refused private
 * mapping is mapped private, and may be written. A copy that is there already is shared (share.c);
 * else a new one is opened (backing.c), filled (fill.c) and mapped.
 */
#include "backing.h"
#include "copies.h"
#include "engine.h"
#include "fill.h"
#include "inode.h"
#include "memory.h"
#include "next.h"
#include "opened.h"
#include "ranges.h"
#include "share.h"
#include "shown.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <sys/mman.h>

static bool is_private(const struct mapping *call)
{
	return (call->flags & MAP_TYPE) == MAP_PRIVATE;
}

static int open_somewhere(struct backing *backing, uint64_t bytes, bool *in_memory)
{
	int error = EFBIG;

	for (int memory = 1; memory >= 0; memory--) {
		if (!copies_reserve(bytes, memory))
			continue;
		error = backing_open(backing, memory, bytes);
		*in_memory = memory;
		if (!error)
			return 0;
		copies_give_back(bytes, memory);
	}
	return error;
}

/* In memory, or in the spool if that is full or forbidden. 0 or an errno; room is then reserved. */
static int open_backing(struct backing *backing, uint64_t bytes, bool *in_memory)
{
	uint64_t limit = state_memory_limit();
	int error = open_somewhere(backing, bytes, in_memory);

	/* The spool was tried for the first time, and memory has taken its place. */
	if (error && limit != state_memory_limit())
		error = open_somewhere(backing, bytes, in_memory);
	return error;
}

/* The same, known to children that are forked while it is filled. */
static int open_known(struct backing *backing, uint64_t bytes, bool *in_memory,
		      struct opened **opened)
{
	int error;

	opened_begin();
	error = open_backing(backing, bytes, in_memory);
	*opened = error ? NULL : opened_add(backing);
	opened_end();
	return error;
}

static int seal_known(struct backing *backing, struct opened **opened)
{
	int error;

	opened_begin();
	error = backing_seal(backing);
	if (!error) {
		opened_forget(*opened);
		*opened = opened_add(backing);
	}
	opened_end();
	return error;
}

static void close_known(struct backing *backing, struct opened *opened)
{
	opened_begin();
	backing_close(backing);
	opened_forget(opened);
	opened_end();
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

static void *remember(const struct mapping *call, void *buffer, struct copy *copy)
{
	struct range range = {
		.start = (uintptr_t)buffer,
		.end = (uintptr_t)buffer + mapping_span(call->length, state_page()),
		.file = copy->self,
		.copy = copy,
		.origin = (uintptr_t)buffer,
	};

	if (ranges_add(&range))
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
		copies_give_back(made->part.bytes, made->in_memory);
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
		       const struct part *part, struct copy **mapped)
{
	struct copy made = { .part = *part };
	struct backing backing;
	struct opened *opened;
	void *result = MAP_FAILED;
	int error = open_known(&backing, part->bytes, &made.in_memory, &opened);

	if (error) {
		errno = error;
		return MAP_FAILED;
	}
	made.self = backing.self;
	made.no_exec = inode_on_noexec_mount(call->fd);
	error = fill(call->fd, &made.part, &backing, !is_private(call), &made.shared);
	if (!error)
		error = seal_known(&backing, &opened);
	if (error) {
		copies_give_back(part->bytes, made.in_memory);
		errno = error;
	} else {
		copies_give_back(part->bytes - made.part.bytes, made.in_memory);
		result = map_filled(call, held, &backing, &made, mapped);
	}
	error = errno;
	close_known(&backing, opened);
	errno = error;
	return result;
}

static void *share_or_copy(const struct mapping *call, const struct copies_held *held,
			   const struct part *part, struct copy **mapped)
{
	struct copy *copy = is_private(call) ? NULL : copies_find(held, part);
	void *result = MAP_FAILED;

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
	return make_copy(call, held, part, mapped);
}

/* No two threads make the same copy. */
static void *map_copy(const struct mapping *call, const struct file *file, struct copy **mapped)
{
	struct copies_held held;
	struct inode now;
	void *result = MAP_FAILED;

	if (!copies_lock(&held, file->known.file, call->offset)) {
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

		result = share_or_copy(call, &held, &part, mapped);
	} else {
		errno = EBADF;
	}
	copies_unlock(&held);
	return result;
}

void *engine_buffer(const struct mapping *call, const struct file *file)
{
	const int before = errno;
	struct copy *copy;
	void *result;

	if (call->prot & PROT_EXEC) {
		errno = ENOTSUP;
		return MAP_FAILED;
	}
	if (!ranges_reserve()) {
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
	result = remember(call, result, copy);
	copy_drop(copy);
	if (result != MAP_FAILED)
		errno = before;
	return result;
}
