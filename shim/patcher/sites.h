/* SPDX-License-Identifier: MIT */
/*
 * The system calls of a program that may map: where each is, and which instructions before it can
 * give way to a jump.
 */
#pragma once

#include "binary.h"
#include "code.h"
#include "functions.h"

enum {
	JUMP_SIZE = 5,
	SYSCALL_SIZE = 2,
	WINDOW_MOST = JUMP_SIZE + CODE_LONGEST,
	SITES_MOST = 256,
	ARGUMENT = -1
};

struct site {
	uint64_t window, address; /* of the first byte that is replaced, and of the syscall */
	bool optional; /* the program is served without it, too: an exit, for the report */
	int number;    /* ARGUMENT: the function's first argument */
	const struct function *function; /* NULL: no table knows it */
};

struct sites {
	struct site all[SITES_MOST]; /* sorted by address */
	size_t count;
	unsigned others, unknown; /* system calls that are left: other numbers, no known number */
};

/* False, with a reason: one that is wanted cannot be taken. */
bool sites_find(struct sites *sites, struct binary *binary, const struct functions *functions);
/* Takes those away that the program can do without. False: there was none. */
bool sites_drop_optional(struct sites *sites);
