/* SPDX-License-Identifier: MIT */
/*
 * A file copied with all that belongs to it.
 */
#ifndef PRIVMAP_COPY_H
#define PRIVMAP_COPY_H

#include <stdbool.h>

/*
 * Contents, owner, mode, extended attributes and times of from into to, an empty file. 0, or the
 * errno of what could not be copied: nothing of these is left out silently.
 */
int copy_file(int from, int to);

/* Owner, mode and extended attributes only, for contents of another kind. */
int copy_attributes(int from, int to);

/* True if the two hold the same bytes; false also if they cannot be read. */
bool same_bytes(const char *a, const char *b);

#endif
