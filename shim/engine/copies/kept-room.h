/* SPDX-License-Identifier: MIT */
/*
 * Keeps the size of a user's kept copies within the limit.
 */
#pragma once

#include "keptname.h"

#include <stdbool.h>
#include <stdint.h>

/* Below the spool; the user's number follows. */
#define KEPT_DIRECTORY "/privmap-"

/* An open one, checked to be the user's. */
struct kept_directory {
	long fd;
	uint32_t user;
	struct boot boot; /* the machine's current one */
};

/*
 * Removes useless files, and then the least recently used copies, until a copy of that many bytes
 * has room. False if it has not. The caller has locked the directory.
 */
bool kept_make_room(const struct kept_directory *directory, uint64_t bytes);
