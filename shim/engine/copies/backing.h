/* SPDX-License-Identifier: MIT */
/*
 * The nameless file that holds a copy: a memfd, or a file in the spool directory.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opened;

struct backing {
	int fd;		       /* -1: none yet, or none any more */
	struct identity self;  /* as stat(2) has it */
	struct opened *opened; /* known to children that are forked meanwhile (opened.h) */
	bool in_memory;
	bool sealed; /* read-only */
	bool none;   /* backing_fill() could open none */
};

/* Where a new one is to lie. */
enum backing_place {
	BACKING_SPOOL,
	BACKING_MEMORY,
	BACKING_KEPT, /* in the directory of kept copies (kept.h) */
};

/*
 * Opens an empty one with room for so many bytes. 0 or an errno: EMFILE, ENOSPC, EFBIG (the
 * process may not write files that long, RLIMIT_FSIZE), ENOMEM (so much memory is not left, or
 * forbidden by a cgroup)... backing_close() must follow, unless it stays open for good:
 * backing_keep() returns the number then.
 */
int backing_open(struct backing *backing, enum backing_place place, uint64_t bytes);
void backing_close(struct backing *backing);
int backing_keep(struct backing *backing);

/*
 * What was just opened to be read, and is complete, becomes the backing's. Within opened_begin(). 0
 * or an errno.
 */
int backing_take(struct backing *backing, long fd);

/*
 * One in memory that is opened by backing_fill(), so that nothing is open while a server is waited
 * for: all that it is to hold is then written at once, and it is made read-only. 0 or an errno.
 */
int backing_open_late(struct backing *backing, uint64_t bytes);
int backing_fill(struct backing *backing, const void *bytes, size_t size);

/*
 * Writes at offset. 0 or an errno: EBADF if somebody closed our fd and its number is another
 * file's now, or nobody's. All signals must be blocked.
 */
int backing_write(struct backing *backing, const void *bytes, size_t size, uint64_t offset);

/* Makes it that long, if it is longer: a file shrank while it was read. 0 or an errno. */
int backing_shorten(const struct backing *backing, uint64_t bytes);

/*
 * Makes it read-only: the fd cannot write any more, and so a shared mapping of it can never become
 * writable (do_mmap() in mm/mmap.c takes VM_MAYWRITE away; VM_SHARED, too, which seals would leave,
 * and core dumps and remap_file_pages(2) tell). Needs /proc. 0 or an errno.
 */
int backing_seal(struct backing *backing);
