/* SPDX-License-Identifier: MIT */
/*
 * Copies that outlive their process: files in the user's directory below the spool. All processes
 * of that user find them by their names (keptname.h).
 *
 * A file with the name of a copy is complete and never changes: it gets its name when it is whole,
 * and nobody opens it for writing. It shows a settled file (snapshot_grain()) with the times in the
 * name. Whoever finds one that is different removes it.
 *
 * As in all of the engine: any thread, no allocation, errno left alone. Nobody waits for a process
 * that was stopped or killed half-way.
 */
#pragma once

#include "backing.h"
#include "snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether a copy of this part may be kept. Files that only this process may read are never kept:
 * its program has, or had, more rights than its user.
 */
bool kept_wanted(const struct part *part);

/*
 * Opens the copy of made->part, read-only, and compares its first and its last page with those of
 * fd. If true, made is set as by make(), and the caller closes or keeps backing. If false, the
 * filecache learns when another process first saw the file in this state, if one did. now is the
 * time of CLOCK_MONOTONIC.
 */
bool kept_find(int fd, struct copied *made, struct backing *backing, uint64_t now);

/* Opens a new file in the directory, without a name yet: a descriptor or -errno. */
long kept_nameless(void);

/*
 * Gives that file, complete and settled, its name. Removes the least recently used copies until all
 * of them are within the limit. 0, EEXIST if another copy has the name, or an errno.
 */
int kept_put(const struct copied *made, const struct backing *backing);

/* Tells other processes that the file was in this state at that time of CLOCK_MONOTONIC. */
void kept_seen(const struct part *part, uint64_t when);
