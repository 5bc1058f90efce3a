/* SPDX-License-Identifier: MIT */
/*
 * Makes a private mapping in place of a shared one that was refused, and remembers its range.
 */
#ifndef PRIVMAP_CONVERT_H
#define PRIVMAP_CONVERT_H

#include "mapping.h"
#include "ranges.h"

/*
 * The same call with MAP_PRIVATE; file is what the kernel knows of it. MAP_FAILED with the kernel's
 * errno if that is refused as well (then nothing was unmapped, also with MAP_FIXED, unless what is
 * there is the library's own_place) or wrong, with ENOMEM if the range could not be remembered.
 * errno is as it was before if it works.
 */
void *convert_map(const struct mapping *call, const struct snapshot *file, bool own_place);

/*
 * Whether the kernel refuses this call, learned at an address of its own choosing: a MAP_FIXED
 * call that is refused has already unmapped what was there (mmap(2)). 0 or the errno; 0 for what is
 * no regular file.
 */
int convert_probe(const struct mapping *call);

#endif
