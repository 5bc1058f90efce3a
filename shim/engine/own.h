/* SPDX-License-Identifier: MIT */
/*
 * A file of the calling thread's own by its number, as /proc has it.
 *
 * Threads may have tables of descriptors of their own, so it is asked by thread: by
 * /proc/thread-self, and where that is not known (Linux before 3.17, proot), by the thread's
 * number.
 */
#pragma once

#include <stddef.h>

/* readlink(2) of it: bytes, not terminated, or -errno. */
long own_path(int fd, char *path, size_t room);

/* open(2) of it anew, or of what "fdinfo" says of it: a descriptor, or -errno. */
long own_open(int fd, int flags);
long own_info(int fd);
