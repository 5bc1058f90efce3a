/* SPDX-License-Identifier: MIT */
/*
 * Finds the region that an address is in: a function, or if no table knows it, the code from one
 * called address to the next. Keeps one region at a time.
 */
#pragma once

#include "entries.h"
#include "region.h"

struct regions {
	struct binary *binary;
	const struct functions *functions;
	struct entries entries;
	struct region region;
	const struct function *function; /* the region's; NULL: no table knows it */
};

/* Returns a region that is valid until the next call. Its lengths are NULL if its boundaries are
 * unknown. NULL, with a reason, if there is no memory. */
struct region *regions_at(struct regions *regions, uint64_t address);
void regions_forget(struct regions *regions);
