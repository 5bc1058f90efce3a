/* SPDX-License-Identifier: MIT */
/*
 * refusefs: the operations on names and attributes, and the table of all: each passes on to SOURCE.
 * libfuse calls them from its threads. There are none for locks: the kernel then keeps locks
 * itself.
 */
#define _GNU_SOURCE 1
#include "refusefs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static void reply_entry(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry;
	int error = inode_lookup(inode_of(parent)->fd, name, &entry);

	if (error)
		fuse_reply_err(req, error);
	else
		fuse_reply_entry(req, &entry);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	reply_entry(req, parent, name);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	inode_forget(ino, lookups);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		inode_forget(forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	if (fstatat(inode_of(ino)->fd, "", &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) {
		fuse_reply_err(req, errno);
		return;
	}
	stamp_as_server(&st);
	fuse_reply_attr(req, &st, settings.timeout);
}

static int set_times(int fd, const struct stat *attr, int valid)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };

	if (valid & FUSE_SET_ATTR_ATIME_NOW)
		times[0].tv_nsec = UTIME_NOW;
	else if (valid & FUSE_SET_ATTR_ATIME)
		times[0] = attr->st_atim;
	if (valid & FUSE_SET_ATTR_MTIME_NOW)
		times[1].tv_nsec = UTIME_NOW;
	else if (valid & FUSE_SET_ATTR_MTIME)
		times[1] = attr->st_mtim;
	return utimensat(fd, "", times, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int valid,
		       struct fuse_file_info *fi)
{
	const int any_time = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME |
			     FUSE_SET_ATTR_MTIME_NOW;
	int fd = inode_of(ino)->fd;
	struct fd_path path = fd_path(fd);
	int result = 0;

	if (valid & FUSE_SET_ATTR_MODE)
		result = chmod(path.text, attr->st_mode & 07777);
	if (!result && (valid & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)))
		result = fchownat(fd, "", valid & FUSE_SET_ATTR_UID ? attr->st_uid : (uid_t)-1,
				  valid & FUSE_SET_ATTR_GID ? attr->st_gid : (gid_t)-1,
				  AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
	if (!result && (valid & FUSE_SET_ATTR_SIZE))
		result = fi ? ftruncate(handle_of(fi)->fd, attr->st_size) :
			      truncate(path.text, attr->st_size);
	if (!result && (valid & any_time))
		result = set_times(fd, attr, valid);
	if (result)
		fuse_reply_err(req, errno);
	else
		op_getattr(req, ino, NULL);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char target[PATH_MAX + 1];
	ssize_t length = readlinkat(inode_of(ino)->fd, "", target, sizeof(target) - 1);

	if (length < 0) {
		fuse_reply_err(req, errno);
		return;
	}
	target[length] = '\0';
	fuse_reply_readlink(req, target);
}

/* The common end of mknod, mkdir and symlink, after the file was made. */
static void reply_new(fuse_req_t req, fuse_ino_t parent, const char *name, int result)
{
	if (result) {
		fuse_reply_err(req, errno);
		return;
	}
	give_to_caller(req, parent, name);
	reply_entry(req, parent, name);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	reply_new(req, parent, name, mknodat(inode_of(parent)->fd, name, mode, dev));
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	reply_new(req, parent, name, mkdirat(inode_of(parent)->fd, name, mode));
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	reply_new(req, parent, name, symlinkat(target, inode_of(parent)->fd, name));
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	reply_result(req, unlinkat(inode_of(parent)->fd, name, 0));
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	reply_result(req, unlinkat(inode_of(parent)->fd, name, AT_REMOVEDIR));
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
		      const char *new_name, unsigned int flags)
{
	reply_result(req, renameat2(inode_of(parent)->fd, name, inode_of(new_parent)->fd, new_name,
				    flags));
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char *new_name)
{
	struct fd_path path = fd_path(inode_of(ino)->fd);

	if (linkat(AT_FDCWD, path.text, inode_of(new_parent)->fd, new_name, AT_SYMLINK_FOLLOW))
		fuse_reply_err(req, errno);
	else
		reply_entry(req, new_parent, new_name);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st;

	if (fstatvfs(inode_of(ino)->fd, &st))
		fuse_reply_err(req, errno);
	else
		fuse_reply_statfs(req, &st);
}

/*
 * getxattr and listxattr reply alike: only the size if none is given, else the bytes. Takes over
 * the buffer.
 */
static void reply_xattr(fuse_req_t req, ssize_t length, char *buffer, size_t size)
{
	if (length < 0)
		fuse_reply_err(req, errno);
	else if (size == 0)
		fuse_reply_xattr(req, (size_t)length);
	else
		fuse_reply_buf(req, buffer, (size_t)length);
	free(buffer);
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct fd_path path = fd_path(inode_of(ino)->fd);
	char *buffer = malloc(size + 1);
	ssize_t length = buffer ? getxattr(path.text, name, buffer, size) : -1;

	reply_xattr(req, length, buffer, size);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct fd_path path = fd_path(inode_of(ino)->fd);
	char *buffer = malloc(size + 1);
	ssize_t length = buffer ? listxattr(path.text, buffer, size) : -1;

	reply_xattr(req, length, buffer, size);
}

static void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
			size_t size, int flags)
{
	reply_result(req, setxattr(fd_path(inode_of(ino)->fd).text, name, value, size, flags));
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	reply_result(req, removexattr(fd_path(inode_of(ino)->fd).text, name));
}

const struct fuse_lowlevel_ops operations = {
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.symlink = op_symlink,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.create = op_create,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.fallocate = op_fallocate,
	.lseek = op_lseek,
	.statfs = op_statfs,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.releasedir = op_releasedir,
	.fsyncdir = op_fsyncdir,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.setxattr = op_setxattr,
	.removexattr = op_removexattr,
};
