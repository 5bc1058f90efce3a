/* SPDX-License-Identifier: MIT */
/*
 * How much the copies of a user take that are kept, and that it stays within the limit.
 */
#pragma once

#include "keptname.h"

#include <stdbool.h>
#include <stdint.h>

/* Below the spool; the user's number follows. */
#define KEPT_DIRECTORY "/privmap-"

/* An open one, seen to be the user's own. */
struct kept_directory {
	long fd;
	uint32_t user;
	struct boot boot; /* the machine's present one */
};

/*
 * Removes what is of no use any more, and then the copies that were not used for longest, until one
 * of so many bytes has room. False if it has not. The caller has locked the directory.
 */
bool kept_make_room(const struct kept_directory *directory, uint64_t bytes);
