/* SPDX-License-Identifier: MIT */
/*
 * stat(2) and pread(2) of an open file, its name, and it opened anew, as the library needs them:
 * without errno, and no cancellation points.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inode {
	struct snapshot now;
	uint32_t mode;	  /* S_ISREG() and the like */
	uint64_t special; /* of a device: which one */
};

/*
 * What stat(2) says of fd. The first is fstat(2) itself: a host that has shut itself in by a filter
 * nearly always lets that through, and statx(2) often not. It asks the server where the kernel does
 * not trust what it knows; where the server keeps all from this user, type and device alone are
 * found (inode 0). The second always asks it: size and stamps are true. False without an answer.
 */
bool inode_look(int fd, struct inode *found);
bool inode_asked(int fd, struct inode *found);

/*
 * pread(2), tried again if it is interrupted, but not for ever: a host may have a timer, and some
 * servers answer EINTR by themselves. Bytes, or -errno.
 */
long inode_read(int fd, void *bytes, size_t size, uint64_t offset);

/*
 * Of the filesystem and the mount that fd is on (statfs(2)): its type, and whether nothing there
 * may be executed. Zeros if that is not known. Asks the server.
 */
struct inode_mount {
	unsigned long type;
	bool noexec;
};
struct inode_mount inode_mount(int fd);

/*
 * A file of the calling thread's own by its number, as /proc has it. Threads may have tables of
 * descriptors of their own, so it is asked by thread: by /proc/thread-self, and where that is not
 * known (Linux before 3.17, proot), by the thread's number.
 */

/* readlink(2) of it: bytes, not terminated, or -errno. */
long own_path(int fd, char *path, size_t room);

/* Whether readlink(2) finds anything at name. */
bool own_finds(const char *name);

/* open(2) of it anew, or of what "fdinfo" says of it: a descriptor, or -errno. */
long own_open(int fd, int flags);
long own_info(int fd);

/* Gives a file that has no name one in that directory (linkat(2)). 0 or -errno. */
long own_link(int fd, int directory, const char *name);

/* inotify_add_watch(2) of it: -errno if it fails. */
long own_watch(int instance, int fd, unsigned events);
