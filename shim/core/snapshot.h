/*
 * What a file was like at one moment: whether it changed since, and how much of a mapping it fills.
 * Used by every engine that keeps copies; pure.
 */
#ifndef PRIVMAP_SNAPSHOT_H
#define PRIVMAP_SNAPSHOT_H

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
	bool no_database; /* as its header says, which the rules asked for */
};

bool identity_equal(struct identity a, struct identity b);

/* True if nothing says that the file was written between the two. */
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/*
 * True if a write after the moment now must show in the stamps: they come from a clock that stands
 * still between two ticks (inode_set_ctime_current(), up to 10 ms; whole seconds on old
 * filesystems), so that a file written just now may be written again without a trace.
 */
bool snapshot_is_settled(const struct snapshot *snapshot, struct stamp now);

/* Bytes of the file that lie in [offset, offset + span): what a mapping of them can show. */
uint64_t snapshot_bytes(const struct snapshot *snapshot, uint64_t offset, uint64_t span);

#endif
