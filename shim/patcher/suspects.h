/* SPDX-License-Identifier: MIT */
/*
 * Whether anything in a program leads into a window, other than to its first byte: a branch, a
 * pointer, a table of jumps, a landing pad. All bytes are looked at, as code and as data; what
 * looks as if it did is decided by decoding, or refused.
 */
#pragma once

#include "sites.h"

/* False, with a reason: something does, or may. */
bool suspects_clear(struct binary *binary, const struct functions *functions,
		    const struct sites *sites);
