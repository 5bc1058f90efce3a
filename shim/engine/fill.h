/*
 * Reads a part of a file into the backing of a copy.
 */
#ifndef PRIVMAP_FILL_H
#define PRIVMAP_FILL_H

#include "backing.h"
#include "snapshot.h"

#include <stdbool.h>

/*
 * Reads part of fd, a file that was as part->file says a moment ago. If it changes meanwhile it is
 * read again, three times at most, and then used as it is; no more bytes are read than part->bytes
 * says at first. Afterwards *part is what was read, and settled tells whether a later change must
 * show, so that the copy may be shared (asked for by share; else it is false).
 * 0 or the errno of the read or the write that failed. All signals are to be blocked: a timer of
 * the host could else interrupt each read.
 */
int fill(int fd, struct part *part, struct backing *backing, bool share, bool *settled);

#endif
