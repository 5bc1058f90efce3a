/* SPDX-License-Identifier: MIT */
/*
 * Remembers facts about files until they change, and about names for a moment. A lost fact only has
 * to be found out again.
 *
 * Safe in any number of threads, in signal handlers and in children of fork: takes no lock, and
 * leaves errno alone.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * When the file was first seen in this state: now, unless it was seen before. In nanoseconds of
 * CLOCK_MONOTONIC; never too early. Take now after the look at the file.
 */
uint64_t filecache_first_seen(const struct snapshot *file, uint64_t now);

/* Another process of this boot saw this state at when, before now. Ignored if it was seen here. */
void filecache_was_seen(const struct snapshot *file, uint64_t when, uint64_t now);

/*
 * Sets *git to whether the file, under that name, is git's own; false if that is not known. The
 * fact never expires, even if the file is written.
 */
bool filecache_git(struct identity file, const char *path, bool *git);
void filecache_set_git(struct identity file, const char *path, bool git);

/*
 * Whether name existed a moment ago (ticks.h) in the directory that the first length bytes of path
 * name, as seen from files on device. False if that is not known. filecache_name() makes the key.
 * again: each time that the answer is the same, and is asked for all the time, it holds twice as
 * long, up to 16 moments.
 */
uint64_t filecache_name(uint64_t device, const char *path, size_t length, const char *name);
bool filecache_lately(uint64_t name, uint64_t now, bool *there);
void filecache_set_lately(uint64_t name, uint64_t now, bool there, bool again);

/*
 * Whether the file, in this state, begins without a header of a database or an index. The second
 * notes that such a start was read after ticks (ticks.h). That becomes certain when it was read
 * again more than snapshot_grain() later.
 */
bool filecache_is_plain(const struct snapshot *file);
void filecache_was_plain(const struct snapshot *file, uint64_t ticks);

/* Whether /proc/PID/maps shows the same device and inode for the file as stat(2). */
bool filecache_as_stat(const struct snapshot *file);
void filecache_is_as_stat(const struct snapshot *file);
