/* SPDX-License-Identifier: MIT */
/*
 * Has a mapping served that the kernel refused to this process (serve.h).
 */
#ifndef PRIVMAP_REFUSED_H
#define PRIVMAP_REFUSED_H

#include "mapping.h"

/*
 * Does what the rules say of a refused mapping, shared or private. MAP_FAILED if it is left;
 * nothing was unmapped then, also with MAP_FIXED, unless own_place says that what is at its
 * address is the library's own and may go. errno is as it was.
 */
void *refused_map(const struct mapping *call, bool own_place);

/* The same, not tried yet, where a rule says when = "always"; MAP_FAILED if none does. */
void *refused_map_always(const struct mapping *call);

#endif
