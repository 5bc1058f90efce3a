/*
 * stat(2) and pread(2) of an open file, as the library needs them: without errno, and no
 * cancellation points.
 */
#ifndef PRIVMAP_INODE_H
#define PRIVMAP_INODE_H

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inode {
	struct snapshot now;
	uint64_t mount_id; /* 0: the kernel does not say */
	bool regular;
};

/*
 * What the kernel knows of fd. The first asks no server: good for what never changes, type, device
 * and inode; where that is kept from this user, for the first two (inode 0). The second does: size
 * and stamps are true.
 * False if neither statx(2) nor fstat(2) answers.
 */
bool inode_known(int fd, struct inode *found);
bool inode_asked(int fd, struct inode *found);

/*
 * pread(2), tried again if it is interrupted, but not for ever: a host may have a timer, and some
 * servers answer EINTR by themselves. Bytes, or -errno.
 */
long inode_read(int fd, void *bytes, size_t size, uint64_t offset);

/* The type of fd's filesystem (statfs(2)), 0 if it is not known. Asks the server. */
unsigned long inode_filesystem(int fd);

/* True if nothing on fd's mount may be executed. Asks the server. */
bool inode_on_noexec_mount(int fd);

#endif
