/* SPDX-License-Identifier: MIT */
/*
 * Copies that outlive their process: files in a directory of the user's own, below the spool, which
 * all processes of that user find by their names (keptname.h).
 *
 * What is there under the name of a copy is complete and never changes: it gets its name when it is
 * whole, and nobody opens it to write. It is of a file that showed the name's times when it was
 * settled (snapshot_grain()). What is not so is removed by whoever finds it.
 *
 * As in all of the engine: any thread, no allocation, errno untouched. Nobody waits for a process
 * that was stopped or killed half-way.
 */
#pragma once

#include "backing.h"
#include "snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether copies of the subject's files may be kept at all, and one of this part. Not what only
 * this process may read: of a program that has, or had, more rights than its user.
 */
bool kept_wanted(const struct part *part);

/*
 * Opens the copy of made->part, read-only, and compares its first and its last page with those of
 * fd. If true, made is set as by make(), and backing is to be closed or kept. If false, what is
 * known of when the file was first seen so, by another process as well, is known to the filecache;
 * now is the time by CLOCK_MONOTONIC.
 */
bool kept_find(int fd, struct copied *made, struct backing *backing, uint64_t now);

/* A new file in the directory, which has no name yet: a descriptor or -errno. */
long kept_nameless(void);

/*
 * Gives that its name, if it is complete and settled; the copies that were not used for longest go,
 * until all of them take no more than they may. 0, EEXIST if another one has the name, or an errno.
 */
int kept_put(const struct copied *made, const struct backing *backing);

/* Remembers, for other processes, that the file was seen so at that time of CLOCK_MONOTONIC. */
void kept_seen(const struct part *part, uint64_t when);
