/* SPDX-License-Identifier: MIT */
/*
 * The ladder of copies: memory, then the spool; and the limits that each counts against.
 */
#include "make.h"

#include "engine.h"
#include "state.h"

#include <errno.h>

/* 0 or an errno. Nothing is open or reserved if it failed. */
static int make_in(bool in_memory, int fd, bool share, struct made *made)
{
	struct backing *backing = &made->backing;
	uint64_t wanted = made->part.bytes;
	int error;

	/* A short one is read before anything is open for it. */
	if (in_memory && wanted <= FILL_PIECE)
		error = backing_open_late(backing, wanted);
	else
		error = backing_open(backing, in_memory, wanted);
	backing->none = error;
	if (!error)
		error = fill(fd, &made->part, backing, share, &made->filled);
	if (!error)
		error = backing_seal(backing);
	if (error)
		backing_close(backing);
	engine_give_back(error ? wanted : wanted - made->part.bytes, in_memory);
	return error;
}

static int make_somewhere(int fd, bool share, struct made *made)
{
	const struct part wanted = made->part;
	int error = EFBIG;

	for (int memory = 1; memory >= 0; memory--) {
		if (!engine_reserve(wanted.bytes, memory))
			continue;
		made->part = wanted;
		error = make_in(memory, fd, share, made);
		/* What cannot be read into the one cannot be read into the other. */
		if (!error || !made->backing.none)
			break;
	}
	return error;
}

int make(int fd, bool share, struct made *made)
{
	const struct part wanted = made->part;
	uint64_t limit = state_memory_limit();
	int error = make_somewhere(fd, share, made);

	/* The spool was tried for the first time, and memory has taken its place. */
	if (error && limit != state_memory_limit()) {
		made->part = wanted;
		error = make_somewhere(fd, share, made);
	}
	return error;
}
