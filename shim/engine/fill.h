/* SPDX-License-Identifier: MIT */
/*
 * Reads a part of a file into the backing of a copy.
 */
#ifndef PRIVMAP_FILL_H
#define PRIVMAP_FILL_H

#include "backing.h"
#include "snapshot.h"

#include <stdbool.h>

enum { FILL_PIECE = 1024 * 1024 }; /* bytes read at once: FUSE asks its server for that many */

struct filled {
	bool settled;  /* the file's for as long as it is as part->file says: may be shared */
	bool database; /* what was read from the file's start is a database's (database.h) */
};

/*
 * Reads part of fd, a file that was as part->file says a moment ago. If it changes meanwhile it is
 * read again, three times at most, and then used as it is; no more bytes are read than part->bytes
 * says at first. Afterwards *part is what was read. Whether the copy may be shared
 * (snapshot_grain()) is asked for by share, else it may not. A file that was never seen before is
 * read a second time, as far as it was read too early; but not if all of it was, for that would
 * take a wait. A backing that is to be opened late (backing.h) takes FILL_PIECE at most. 0 or the
 * errno of the read or the write that failed. All signals are to be blocked: a timer of the host
 * could else interrupt each read.
 */
int fill(int fd, struct part *part, struct backing *backing, bool share, struct filled *filled);

#endif
