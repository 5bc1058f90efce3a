/* SPDX-License-Identifier: MIT */
/*
 * Finds functions that no table knows, as in musl: places that other code calls, or takes the
 * address of.
 */
#pragma once

#include "functions.h"

struct entry {
	uint64_t address, from; /* from: the instruction that names it; 0: the kernel enters it */
};

struct entries {
	struct entry *all; /* sorted by address, from malloc */
	size_t count, room;
};

/* False if there is no memory. */
bool entries_find(struct entries *entries, const struct binary *binary,
		  const struct functions *functions);
void entries_forget(struct entries *entries);

/* Finds the region from the last entry up to address to the next entry or function. False if none
 * is near. */
bool entries_around(const struct entries *entries, const struct binary *binary,
		    const struct functions *functions, uint64_t address, uint64_t *start,
		    uint64_t *end);
