/* SPDX-License-Identifier: MIT */
/*
 * The system calls of a program that may map: their places, and the instructions before them that a
 * jump can replace.
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
	uint64_t window, address; /* of the first replaced byte, and of the syscall */
	bool optional; /* privmap serves the program without it, too: an exit, for the report */
	int number;    /* ARGUMENT: the function's first argument */
	const struct function *function; /* NULL: no table knows it */
};

struct sites {
	struct site all[SITES_MOST]; /* sorted by address */
	size_t count;
	unsigned others, unknown; /* calls that stay: other numbers, unknown numbers */
};

/* False, with a reason, if a wanted call cannot be patched. */
bool sites_find(struct sites *sites, struct binary *binary, const struct functions *functions);
/* Removes the optional sites. False if there is none. */
bool sites_drop_optional(struct sites *sites);
