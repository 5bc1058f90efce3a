/* SPDX-License-Identifier: MIT */
/*
 * Replaces files, and copies them.
 */
#include "replace.h"

#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

static sigset_t before;

void replace_begin(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGPIPE);
	sigprocmask(SIG_BLOCK, &ends, &before);
}

void replace_end(void)
{
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int replace_temporary(const char *file, char **name)
{
	const char *slash = strrchr(file, '/');
	int directory = slash ? (int)(slash + 1 - file) : 0;

	*name = cli_text("%.*s.%.200s.privmap.XXXXXX", directory, file, file + directory);
	return mkostemp(*name, O_CLOEXEC);
}

static int sync_named(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 || fsync(fd) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

int replace_commit(const char *name, const char *file)
{
	const char *slash = strrchr(file, '/');
	int error = sync_named(name);

	if (!error && rename(name, file))
		error = errno;
	if (!error)
		sync_named(!slash	 ? "." :
			   slash == file ? "/" :
					   cli_text("%.*s", (int)(slash - file), file));
	return error;
}

/* An attribute that cannot be set may have the right value already, as SELinux labels do. */
static int copy_attribute(int from, int to, const char *name)
{
	ssize_t size = fgetxattr(from, name, NULL, 0);
	char *value, *there;
	int error = 0;

	if (size < 0)
		return errno;
	value = cli_memory((size_t)size + 1);
	there = cli_memory((size_t)size + 1);
	if (fgetxattr(from, name, value, (size_t)size) != size)
		error = EAGAIN;
	else if (fsetxattr(to, name, value, (size_t)size, 0))
		error = errno;
	if (error && fgetxattr(to, name, there, (size_t)size) == size &&
	    memcmp(value, there, (size_t)size) == 0)
		error = 0;
	free(value);
	free(there);
	return error;
}

static bool grants_access(const char *name)
{
	return strncmp(name, "system.", strlen("system.")) == 0;
}

/* Copies the attributes that grant access, as ACLs do, or all others. */
static int copy_some(int from, int to, const char *names, ssize_t size, bool access)
{
	int error = 0;

	for (ssize_t at = 0; at < size && !error; at += (ssize_t)strlen(names + at) + 1)
		if (grants_access(names + at) == access)
			error = copy_attribute(from, to, names + at);
	return error;
}

/* The default ACL of a directory gives a new file an ACL, even if the original has none. */
static int drop_inherited_acl(int from, int to)
{
	static const char acl[] = "system.posix_acl_access";

	if (fgetxattr(from, acl, NULL, 0) >= 0 || errno != ENODATA)
		return 0;
	return fremovexattr(to, acl) && errno != ENODATA && errno != ENOTSUP ? errno : 0;
}

int copy_attributes(int from, int to)
{
	struct stat file;
	ssize_t size = flistxattr(from, NULL, 0);
	char *names;
	int error = 0;

	if (size < 0 && errno == ENOTSUP)
		size = 0;
	if (size < 0 || fstat(from, &file))
		return errno;
	names = cli_memory((size_t)size + 1);
	if (size && (size = flistxattr(from, names, (size_t)size)) < 0)
		error = errno;
	/*
	 * The owner first: changing it clears mode bits. Then most attributes: the mode may forbid
	 * the owner to set them. Setting the mode changes ACLs, so these come last.
	 */
	if (!error && fchown(to, file.st_uid, file.st_gid))
		error = errno;
	if (!error)
		error = copy_some(from, to, names, size, false);
	if (!error && fchmod(to, file.st_mode & 07777))
		error = errno;
	if (!error)
		error = copy_some(from, to, names, size, true);
	if (!error)
		error = drop_inherited_acl(from, to);
	free(names);
	return error;
}

int copy_bytes(int from, int to)
{
	ssize_t count;

	while ((count = sendfile(to, from, NULL, PIECE)) != 0)
		if (count < 0 && errno != EINTR)
			return errno;
	return 0;
}

int copy_file(int from, int to)
{
	struct stat file;
	int error = fstat(from, &file) ? errno : copy_bytes(from, to);

	if (!error)
		error = copy_attributes(from, to);
	if (!error && futimens(to, (struct timespec[]){ file.st_atim, file.st_mtim }))
		error = errno;
	return error;
}
