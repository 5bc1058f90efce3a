/* SPDX-License-Identifier: MIT */
/*
 * Where functions begin that no table knows, as musl's: what other code calls.
 */
#pragma once

#include "functions.h"

struct entry {
	uint64_t address, call; /* who calls it; 0: the kernel */
};

struct entries {
	struct entry *all; /* sorted by address, from malloc */
	size_t count, room;
};

/* False if there is no memory. */
bool entries_find(struct entries *entries, const struct binary *binary,
		  const struct functions *functions);
void entries_forget(struct entries *entries);

/* The stretch from the last of them up to address, to the next, or next function; false: there is
 * none near. */
bool entries_around(const struct entries *entries, const struct binary *binary,
		    const struct functions *functions, uint64_t address, uint64_t *start,
		    uint64_t *end);
