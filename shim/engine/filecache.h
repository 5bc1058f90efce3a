/* SPDX-License-Identifier: MIT */
/*
 * What was learned of a file, and holds until it changes; and of names, for a moment. What is
 * forgotten early is learned again.
 *
 * Any number of threads, signal handlers and children may call all of this: it takes no lock, and
 * leaves errno alone.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * When the file was first seen as it is: now, unless it was before. In nanoseconds of
 * CLOCK_MONOTONIC, and never earlier than it was; now is to be a time since which the file was
 * seen.
 */
uint64_t filecache_first_seen(const struct snapshot *file, uint64_t now);

/* Another process of this boot saw it so at when, before now; it counts if it was not seen here. */
void filecache_was_seen(const struct snapshot *file, uint64_t when, uint64_t now);

/*
 * Whether the file, under that name, is one of git's, as *git; false if that is not known. This
 * holds for good, also if the file is written.
 */
bool filecache_git(struct identity file, const char *path, bool *git);
void filecache_set_git(struct identity file, const char *path, bool git);

/*
 * Of a name below a directory, whose own is the first length bytes of path, as seen from files on
 * device: whether it was there a moment ago (ticks.h). False if that is not known.
 */
uint64_t filecache_name(uint64_t device, const char *path, size_t length, const char *name);
bool filecache_lately(uint64_t name, uint64_t now, bool *there);
void filecache_set_lately(uint64_t name, uint64_t now, bool there);

/*
 * Whether the file starts with no header of a database or an index, for as long as it is as it is:
 * such a start was read, the first time at ticks (ticks.h), long enough after the file was first
 * seen so that any write since then leaves other times (snapshot_grain()).
 */
bool filecache_is_plain(const struct snapshot *file);
void filecache_was_plain(const struct snapshot *file, uint64_t ticks);

/* Whether /proc/PID/maps was found to show the device and inode of the file that stat(2) tells. */
bool filecache_as_stat(const struct snapshot *file);
void filecache_is_as_stat(const struct snapshot *file);
