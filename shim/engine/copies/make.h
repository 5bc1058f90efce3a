/* SPDX-License-Identifier: MIT */
/*
 * Makes a copy of a part of a file: in memory, or in the spool if that is full or forbidden.
 */
#pragma once

#include "backing.h"
#include "mapping.h"
#include "snapshot.h"

#include <stdbool.h>

/* The part of its file, open as fd, that call is for. False if the server does not tell of it. */
bool make_part(const struct mapping *call, int fd, struct part *part);

/*
 * made->part says of which part of fd; share: others are to have the copy, too, if it is settled
 * (made->shared); made->keep: it is to be kept (kept.h), if that can be. Of made all but no_exec is
 * set. 0 or an errno. If 0, the engine's room for it is taken (engine_reserve(), copied_room());
 * backing holds the copy, cannot be written any more, and must be closed or kept.
 */
int make(int fd, bool share, struct copied *made, struct backing *backing);
