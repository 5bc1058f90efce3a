/* SPDX-License-Identifier: MIT */
/*
 * refusefs: the table of inodes that the kernel knows, by device and inode number of SOURCE. Hard
 * links of a file are one inode, as on a real filesystem.
 */
#define _GNU_SOURCE 1
#include "refusefs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUCKETS 8192

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct inode *buckets[BUCKETS];
static struct inode root;

void inodes_init(int source)
{
	root.fd = source;
}

struct inode *inode_of(fuse_ino_t number)
{
	return number == FUSE_ROOT_ID ? &root : (struct inode *)(uintptr_t)number;
}

static struct inode **bucket_of(dev_t dev, ino_t ino)
{
	return &buckets[(ino ^ dev) % BUCKETS];
}

/* Takes over fd. NULL if there is no memory. */
static struct inode *inode_get(int fd, const struct stat *st)
{
	struct inode **bucket = bucket_of(st->st_dev, st->st_ino);
	struct inode *inode;

	pthread_mutex_lock(&lock);
	for (inode = *bucket; inode; inode = inode->next)
		if (inode->ino == st->st_ino && inode->dev == st->st_dev)
			break;
	if (inode) {
		close(fd);
	} else {
		inode = malloc(sizeof(*inode));
		if (inode) {
			*inode = (struct inode){ .fd = fd, .dev = st->st_dev, .ino = st->st_ino,
						 .next = *bucket };
			*bucket = inode;
		}
	}
	if (inode)
		inode->lookups++;
	pthread_mutex_unlock(&lock);
	return inode;
}

/* Returns 0 or the errno. */
int inode_lookup(int directory, const char *name, struct fuse_entry_param *entry)
{
	struct inode *inode;
	int error;
	int fd;

	memset(entry, 0, sizeof(*entry));
	fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fstatat(fd, "", &entry->attr, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) {
		error = errno;
		close(fd);
		return error;
	}
	inode = inode_get(fd, &entry->attr);
	if (!inode) {
		close(fd);
		return ENOMEM;
	}
	stamp_as_server(&entry->attr);
	entry->ino = (uintptr_t)inode;
	entry->attr_timeout = settings.timeout;
	entry->entry_timeout = settings.timeout;
	return 0;
}

void inode_forget(fuse_ino_t number, uint64_t lookups)
{
	struct inode *inode = inode_of(number);
	struct inode **link;

	if (inode == &root)
		return;
	pthread_mutex_lock(&lock);
	inode->lookups -= lookups;
	if (inode->lookups == 0) {
		for (link = bucket_of(inode->dev, inode->ino); *link != inode;)
			link = &(*link)->next;
		*link = inode->next;
		close(inode->fd);
		free(inode);
	}
	pthread_mutex_unlock(&lock);
}

struct fd_path fd_path(int fd)
{
	struct fd_path path;

	snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
	return path;
}
