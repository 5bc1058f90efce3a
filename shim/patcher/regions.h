/* SPDX-License-Identifier: MIT */
/*
 * The region that an address is in: a function's, or where no table knows one, from what other code
 * calls to the next. One at a time is kept.
 */
#pragma once

#include "entries.h"
#include "region.h"

struct regions {
	struct binary *binary;
	const struct functions *functions;
	struct entries entries;
	struct region region;
	const struct function *function; /* that the region is of; NULL: no table knows it */
};

/* It holds until the next call. Its lengths are NULL where nobody knows what begins where. NULL,
 * with a reason: there is no memory. */
struct region *regions_at(struct regions *regions, uint64_t address);
void regions_forget(struct regions *regions);
