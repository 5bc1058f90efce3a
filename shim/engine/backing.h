/* SPDX-License-Identifier: MIT */
/*
 * The nameless file that holds a copy: a memfd, or a file in the spool directory.
 */
#ifndef PRIVMAP_BACKING_H
#define PRIVMAP_BACKING_H

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backing {
	int fd;
	struct identity self; /* as stat(2) has it */
};

/*
 * Opens an empty one with room for so many bytes. 0 or an errno: EMFILE, ENOSPC, EFBIG (the
 * process may not write files that long, RLIMIT_FSIZE), ENOMEM (so much memory is not left, or
 * forbidden by a cgroup)... If 0, backing_close() must follow.
 */
int backing_open(struct backing *backing, bool in_memory, uint64_t bytes);
void backing_close(struct backing *backing);

/*
 * Writes at offset. 0 or an errno: EBADF if somebody closed our fd and its number is another
 * file's now, or nobody's. All signals must be blocked.
 */
int backing_write(struct backing *backing, const void *bytes, size_t size, uint64_t offset);

/* Makes it that long, if it is longer: a file shrank while it was read. 0 or an errno. */
int backing_shorten(const struct backing *backing, uint64_t bytes);

/*
 * Makes it read-only: the fd cannot write any more, and so a shared mapping of it can never become
 * writable (do_mmap() in mm/mmap.c takes VM_MAYWRITE away). Needs /proc. 0 or an errno.
 */
int backing_seal(struct backing *backing);

#endif
