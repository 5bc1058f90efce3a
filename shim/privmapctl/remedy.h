/* SPDX-License-Identifier: MIT */
/*
 * Known fixes on the server or mount side, by filesystem type.
 */
#pragma once

#include <stdbool.h>

/*
 * The remedies for a filesystem (its type as /proc/self/mountinfo has it, or "gVisor"), the best
 * first, and NULL at the end. At most REMEDIES of them.
 */
enum { REMEDIES = 3 };

/*
 * True if a mount with these options (as /proc/self/mountinfo has them) is gVisor's way to the
 * host: it is called 9p there, and the options of Linux's 9p change nothing.
 */
bool remedy_is_gvisor(const char *options);

const char *const *remedies_for(const char *type);

/*
 * What cannot work where writable shared mappings are refused, with privmap or without, and what
 * its user can do instead. The last one has no who.
 */
struct detour {
	const char *who, *instead;
};
extern const struct detour detours[];
