/* SPDX-License-Identifier: MIT */
/*
 * Memory for one exec or spawn. An exec may be one of a vfork child, whose memory is its parent's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct room {
	struct mapped *mapped; /* NULL: what fits stands in small */
	char *small[128];
};

/* size bytes, aligned as pointers are; NULL: there are none. execs: an exec follows, if all goes
 * well, and nobody is left to give it back. */
void *room_take(struct room *room, size_t size, bool execs);
void room_give(struct room *room);
