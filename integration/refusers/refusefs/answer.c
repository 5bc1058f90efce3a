/* SPDX-License-Identifier: MIT */
/*
 * refusefs: how an operation ends: the replies to the kernel that several operations share.
 */
#define _GNU_SOURCE 1
#include "refusefs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Answers with 0 or the errno of a call that says 0 or -1. */
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

/* The times of change and of the last write, as a server has them whose clock is not ours. */
void stamp_as_server(struct stat *st)
{
	if (!settings.grain && !settings.skew)
		return;
	stamp(&st->st_mtim);
	stamp(&st->st_ctim);
}

/* We run as root for everybody: a new file belongs to who asked for it. */
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
