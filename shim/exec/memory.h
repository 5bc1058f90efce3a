/* SPDX-License-Identifier: MIT */
/*
 * Memory for one exec or spawn. An exec may be one of a vfork child, whose memory is its parent's.
 * And whether that of a caller is there: what cannot be read is EFAULT, and must not be our end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct room {
	struct mapped *mapped; /* NULL: it fits into small */
	char *small[128];
};

/* size bytes, aligned as pointers are; NULL: there are none. execs: an exec follows, if all goes
 * well, and nobody is left to give it back. */
void *room_take(struct room *room, size_t size, bool execs);
void room_give(struct room *room);

/* Whether this address can be read; *page, 0 at first, is where it could last. */
bool memory_there(const void *at, uintptr_t *page);
/* The same of all of a name, which is shorter than PATH_MAX. */
bool memory_name_there(const char *name);
