/* SPDX-License-Identifier: MIT */
/*
 * Makes a copy of a part of a file: in memory, or in the spool if that is full or forbidden.
 */
#pragma once

#include "backing.h"
#include "snapshot.h"

#include <stdbool.h>

struct made {
	struct part part;	/* what is wanted; then what was read */
	struct backing backing; /* holds it, and cannot be written any more */
	bool settled;	/* the file's for as long as it is as part.file says: may be shared */
	bool database; /* what was read from the file's start is a database's (database.h) */
};

/*
 * made->part says of which part of fd; share: others are to have the copy, too, if it is settled.
 * 0 or an errno. If 0, the engine's room for made->part.bytes (engine_reserve()) is taken, and
 * made->backing must be closed or kept.
 */
int make(int fd, bool share, struct made *made);
