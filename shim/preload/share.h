/* SPDX-License-Identifier: MIT */
/*
 * A second mapping of a copy that is mapped already, made without an fd.
 */
#ifndef PRIVMAP_SHARE_H
#define PRIVMAP_SHARE_H

#include "copies.h"
#include "mapping.h"

/*
 * Maps copy as call, a candidate, asks for it: as mmap(2) of the copy would, but nothing is read;
 * where the kernel likes if it would replace something. MAP_FAILED if that cannot be: no range
 * shows the copy from its start any more, or the kernel cannot be asked whether one does. copy is
 * held by the caller. May touch errno.
 */
void *share_map(const struct mapping *call, struct copy *copy);

#endif
