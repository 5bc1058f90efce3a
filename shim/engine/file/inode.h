/* SPDX-License-Identifier: MIT */
/*
 * stat(2) and pread(2) of an open file, its name, and opening it anew. None sets errno or is a
 * cancellation point.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inode {
	struct snapshot now;
	uint32_t mode;	  /* S_ISREG() and the like */
	uint64_t special; /* the number of a device file */
};

/*
 * stat(2) of fd; false if it fails. inode_look() uses fstat(2): nearly all seccomp filters of
 * programs allow that, and many forbid statx(2). It asks the server when the kernel's attributes
 * are too old. If the server denies this user everything, it finds only type and device (inode 0).
 * inode_asked() always asks the server: size and stamps are current.
 */
bool inode_look(int fd, struct inode *found);
bool inode_asked(int fd, struct inode *found);

/*
 * The same without a question to the server: file and type are true, size and stamps may be old.
 * By fstatat(2) of the name in /proc: since Linux 6.12 it takes no flags for a descriptor with an
 * empty name, and fewer filters allow statx(2), which does.
 */
bool inode_known(int fd, struct inode *found);

/*
 * pread(2), retried after an interruption, but not for ever: a program may have a timer, and some
 * servers return EINTR by themselves. Bytes, or -errno.
 */
long inode_read(int fd, void *bytes, size_t size, uint64_t offset);

/*
 * The filesystem and mount that fd is on (statfs(2)): its type, and whether it is mounted noexec.
 * Zeros if that is not known. Asks the server.
 */
struct inode_mount {
	unsigned long type;
	bool noexec;
};
struct inode_mount inode_mount(int fd);

/*
 * Files of the calling thread by their descriptor, through /proc. Threads may have separate tables
 * of descriptors, so these use the thread's directory: /proc/thread-self, or, where that does not
 * exist (Linux before 3.17, proot), the directory with the thread's number.
 */

/* readlink(2): bytes without a NUL, or -errno. */
long own_path(int fd, char *path, size_t room);

/* Whether readlink(2) finds anything at name. */
bool own_finds(const char *name);

/* open(2) of the file anew, or of its entry in fdinfo: a descriptor, or -errno. */
long own_open(int fd, int flags);
long own_info(int fd);

/* Gives a file without a name one in that directory (linkat(2)). 0 or -errno. */
long own_link(int fd, int directory, const char *name);

/* inotify_add_watch(2) of the file: a watch, or -errno. */
long own_watch(int instance, int fd, unsigned events);
