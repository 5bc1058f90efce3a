/* SPDX-License-Identifier: MIT */
/*
 * Known fixes on the server or mount side, by filesystem type.
 */
#pragma once

#include <stdbool.h>

/*
 * Returns the remedies for a filesystem (its type as in /proc/self/mountinfo, or "gVisor"): the
 * best first, at most REMEDIES, and a NULL at the end.
 */
enum { REMEDIES = 3 };

/*
 * True if a mount with these options (as in /proc/self/mountinfo) is gVisor's access to the host.
 * Its type is 9p, too, but the options of Linux's 9p change nothing there.
 */
bool remedy_is_gvisor(const char *options);

const char *const *remedies_for(const char *type);

/*
 * Programs that cannot work where writable shared mappings are refused, even with privmap, and what
 * their users can do instead. The last element has no who.
 */
struct detour {
	const char *who, *instead;
};
extern const struct detour detours[];
