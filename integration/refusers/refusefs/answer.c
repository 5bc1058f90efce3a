/* SPDX-License-Identifier: MIT */
/*
 * refusefs: replies to the kernel that several operations share.
 */
#define _GNU_SOURCE 1
#include "refusefs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Replies with 0 or the errno of a call that returned 0 or -1. */
void reply_result(fuse_req_t req, int result)
{
	fuse_reply_err(req, result ? errno : 0);
}

static void stamp(struct timespec *time)
{
	long long ns = time->tv_sec * 1000000000LL + time->tv_nsec + settings.skew;

	if (settings.grain)
		ns -= ns % settings.grain;
	*time = (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

/* Changes times as a server with another clock would stamp them. */
void stamp_as_server(struct stat *st)
{
	if (!settings.grain && !settings.skew)
		return;
	stamp(&st->st_mtim);
	stamp(&st->st_ctim);
}

/* The server may run as root for all users: a new file belongs to the caller. */
void give_to_caller(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct fuse_ctx *caller = fuse_req_ctx(req);
	int directory = inode_of(parent)->fd;
	gid_t gid = caller->gid;
	struct stat st;

	if (geteuid() != 0 || (caller->uid == 0 && caller->gid == 0))
		return;
	if (fstat(directory, &st) || (st.st_mode & S_ISGID))
		gid = (gid_t)-1;
	if (fchownat(directory, name, caller->uid, gid, AT_SYMLINK_NOFOLLOW))
		fuse_log(FUSE_LOG_WARNING, "chown %s: %s\n", name, strerror(errno));
}
