/* SPDX-License-Identifier: MIT */
/*
 * The state of a file at one moment: tells whether it changed since, and how much of a mapping it
 * fills. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Which file; inode 0: not known. */
struct identity {
	uint64_t device;
	uint64_t inode;
};

/* A time by the clock that stamps the file. */
struct stamp {
	int64_t seconds;
	uint32_t nanoseconds;
};

struct snapshot {
	struct identity file;
	uint64_t size; /* bytes */
	struct stamp modified, changed;
};

/* A part of a file that was read, or is wanted. */
struct part {
	struct snapshot file;
	uint64_t offset; /* in the file */
	uint64_t bytes;	 /* those beyond the file's end do not count */
};

bool identity_equal(struct identity a, struct identity b);

/* True if nothing shows that the file was written between the two. */
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/*
 * How long the clock that stamps this file may show one time: nanoseconds, more than a tick.
 *
 * The clock of the server stamps files. It does not move between two ticks, and it may show any
 * time, so it is never compared with the local clock. But a write that comes more than grain after
 * a look at these stamps leaves other stamps. So, measured with the local CLOCK_MONOTONIC:
 *
 *	Bytes that were read no earlier than grain after the file was first seen with these
 *	stamps are the file's for as long as it shows them.
 *
 * Bytes read earlier are not: a second write in the same tick as the first left no trace. Seeing
 * the same stamps again later proves nothing about them.
 */
uint64_t snapshot_grain(const struct snapshot *snapshot);

/* Bytes of the file that lie in [offset, offset + span): what a mapping of them can show. */
uint64_t snapshot_bytes(const struct snapshot *snapshot, uint64_t offset, uint64_t span);

/* A copy of a part. It is the first member of each engine's struct copy. */
struct copied {
	struct part part;     /* first what is wanted, then what was read */
	struct identity self; /* the copy's file */
	bool shared;	      /* settled, and mapped read-only: other mappings may use it too */
	bool in_memory;
	bool keep;     /* should be kept if possible (kept.h) */
	bool kept;     /* is kept; does not count against the limits of a process */
	bool no_exec;  /* its file is on a noexec mount */
	bool database; /* the first bytes that were read are a database's (database.h) */
};

/* The bytes of a copy that count against the limits of a process. */
uint64_t copied_room(const struct copied *copied);

/* True if part is the beginning of the copy's part, or all of it. */
bool copied_shows(const struct copied *copied, const struct part *part);

/* True if end, from the copy's first byte, is past the copy, and the file went on there. */
bool copied_lacks(const struct copied *copied, uint64_t end);
