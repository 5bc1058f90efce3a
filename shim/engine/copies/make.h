/* SPDX-License-Identifier: MIT */
/*
 * Makes a copy of a part of a file: in memory, or in the spool if memory is full or not allowed.
 */
#pragma once

#include "backing.h"
#include "mapping.h"
#include "snapshot.h"

#include <stdbool.h>

/* The part of its file, open as fd, that call maps. False without the server's attributes. */
bool make_part(const struct mapping *call, int fd, struct part *part);

/*
 * Copies made->part of fd. share: other mappings should use the copy, too, if it is settled
 * (made->shared). made->keep: keep it if possible (kept.h). Sets all of made except no_exec. 0 or
 * an errno. If 0, the copy has taken its room from the engine (engine_reserve(), copied_room()),
 * and backing has the copy, is read-only, and must be closed or kept.
 */
int make(int fd, bool share, struct copied *made, struct backing *backing);
