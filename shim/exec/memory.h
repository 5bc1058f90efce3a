/* SPDX-License-Identifier: MIT */
/*
 * Memory for one exec or spawn; a vfork child may make the exec, and share its parent's memory. And
 * checks of the caller's memory: unreadable arguments must be EFAULT, and not a crash here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct room {
	struct mapped *mapped; /* NULL: it fits into small */
	char *small[128];
};

/*
 * size bytes, aligned for pointers; NULL: there are none. execs: an exec follows, and after a
 * successful one nobody is left to give the bytes back.
 */
void *room_take(struct room *room, size_t size, bool execs);
void room_give(struct room *room);

/* Whether this address can be read. *page, 0 at first, is the last page that could be read. */
bool memory_there(const void *at, uintptr_t *page);
/* The same for all bytes of a name, which must be shorter than PATH_MAX. */
bool memory_name_there(const char *name);
