/* SPDX-License-Identifier: MIT */
/*
 * The nameless file that contains a copy: a memfd, or a file in the spool directory.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opened;

struct backing {
	int fd;		       /* -1: none */
	struct identity self;  /* as stat(2) shows it */
	struct opened *opened; /* the entry for children that are forked meanwhile (opened.h) */
	bool in_memory;
	bool sealed; /* read-only */
	bool none;   /* backing_fill() could not open one */
};

/* Where to make a new one. */
enum backing_place {
	BACKING_SPOOL,
	BACKING_MEMORY,
	BACKING_KEPT, /* in the directory of kept copies (kept.h) */
};

/*
 * Opens an empty one with room for that many bytes. 0 or an errno: EMFILE, ENOSPC, EFBIG
 * (RLIMIT_FSIZE forbids files of that length), ENOMEM (too little memory is left, or a cgroup
 * allows less)... backing_close() must follow; or backing_keep(), which returns the descriptor and
 * leaves it open for good.
 */
int backing_open(struct backing *backing, enum backing_place place, uint64_t bytes);
void backing_close(struct backing *backing);
int backing_keep(struct backing *backing);

/*
 * Takes over the descriptor of a complete file that was just opened for reading. Call it within
 * opened_begin(). 0 or an errno.
 */
int backing_take(struct backing *backing, long fd);

/*
 * Prepares one in memory that backing_fill() opens later, so that nothing is open while privmap
 * waits for a server. backing_fill() writes all of it at once and makes it read-only. 0 or an
 * errno.
 */
int backing_open_late(struct backing *backing, uint64_t bytes);
int backing_fill(struct backing *backing, const void *bytes, size_t size);

/*
 * Writes at offset. 0 or an errno: EBADF if the program closed the fd, even if another file has the
 * number now. All signals must be blocked.
 */
int backing_write(struct backing *backing, const void *bytes, size_t size, uint64_t offset);

/*
 * Allocates its pages there, without clearing them. Does not change its size. 0 or an errno. All
 * signals must be blocked.
 */
int backing_allocate(const struct backing *backing, uint64_t offset, uint64_t bytes);

/*
 * Shortens a longer one to that many bytes: the file shrank during the read. Frees what was
 * allocated behind them. 0 or an errno.
 */
int backing_shorten(const struct backing *backing, uint64_t bytes);

/*
 * Makes it read-only: the fd cannot write any more, so a shared mapping of it can never become
 * writable (do_mmap() in mm/mmap.c clears VM_MAYWRITE). do_mmap() also clears VM_SHARED, which file
 * seals would leave, and which core dumps and remap_file_pages(2) show. Needs /proc. 0 or an errno.
 */
int backing_seal(struct backing *backing);
