/* SPDX-License-Identifier: MIT */
/*
 * A file at one moment: whether it changed since, and how much of a mapping it fills.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Which file; inode 0: not known. */
struct identity {
	uint64_t device;
	uint64_t inode;
};

/* A time as the file's own clock gives it. */
struct stamp {
	int64_t seconds;
	uint32_t nanoseconds;
};

struct snapshot {
	struct identity file;
	uint64_t size; /* bytes */
	struct stamp modified, changed;
};

/* Part of a file as it was read, or is wanted. */
struct part {
	struct snapshot file;
	uint64_t offset; /* in the file */
	uint64_t bytes;	 /* what is beyond the file's end does not count */
};

bool identity_equal(struct identity a, struct identity b);

/* True if nothing says that the file was written between the two. */
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/*
 * How long the clock that stamps this file may stand still, in nanoseconds: more than its tick.
 *
 * Files are stamped by a clock that stands still between two ticks, and it is the server's: nothing
 * is known of what it shows, so it is never compared with ours. What is known is that any write
 * later than grain after a look that saw these stamps leaves other ones. So, with times of our own
 * CLOCK_MONOTONIC:
 *
 *	Bytes that were read no earlier than grain after the file was first seen with these
 *	stamps are the file's for as long as it shows them.
 *
 * Bytes read earlier are not: a second write in the tick of the first left no trace. To see the
 * same stamps again later proves nothing about them.
 */
uint64_t snapshot_grain(const struct snapshot *snapshot);

/* Bytes of the file that lie in [offset, offset + span): what a mapping of them can show. */
uint64_t snapshot_bytes(const struct snapshot *snapshot, uint64_t offset, uint64_t span);

/* A copy of a part; each engine has it first in its own struct copy. */
struct copied {
	struct part part;     /* what is wanted; then what was read */
	struct identity self; /* the copy's own file */
	bool shared;	      /* settled, and mapped read-only: others may have it, too */
	bool in_memory;
	bool keep;     /* is to be kept (kept.h), if that can be */
	bool kept;     /* is kept: it counts against no limit of a process */
	bool no_exec;  /* its file is on a noexec mount */
	bool database; /* what was read from the file's start is a database's (database.h) */
};

/* Bytes that it takes of what a process may have. */
uint64_t copied_room(const struct copied *copied);

/* True if part is the beginning of the copy's, or all of it. */
bool copied_shows(const struct copied *copied, const struct part *part);

/* True if the file went on behind it when it was made, and end, from its first byte, lies there. */
bool copied_lacks(const struct copied *copied, uint64_t end);
