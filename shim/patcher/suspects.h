/* SPDX-License-Identifier: MIT */
/*
 * Looks for anything in a program that leads into a window, other than to its first byte: a branch,
 * a pointer, a table of jumps, a landing pad. Looks at all bytes, as code and as data. Decoding
 * decides about suspects; if it cannot, the program is refused.
 */
#pragma once

#include "sites.h"

/* False, with a reason, if something leads into a window, or may. */
bool suspects_clear(struct binary *binary, const struct functions *functions,
		    const struct sites *sites);
