/* SPDX-License-Identifier: MIT */
/*
 * What the rules ask of a file, answered from its name: as shim/preload/file.c does from an fd.
 */
#include "subject.h"

#include "ctl.h"
#include "database.h"
#include "filesystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static struct subject *subject_of(struct file_view *view)
{
	return (struct subject *)view;
}

static const char *program(struct file_view *view)
{
	return subject_of(view)->program;
}

static const char *filesystem(struct file_view *view)
{
	struct subject *subject = subject_of(view);

	return subject->mounted ? subject->mount.type : NULL;
}

static bool below_worktree(struct file_view *view)
{
	size_t at = strlen(view->path);

	while (at--)
		if (view->path[at] == '/' &&
		    access(cli_text("%.*s/.git", (int)at, view->path), F_OK) == 0)
			return true;
	return false;
}

static bool read_only(struct file_view *view)
{
	return subject_of(view)->read_only;
}

/* As for the library, a file that cannot be read is taken for one. */
static bool is_database(struct file_view *view)
{
	unsigned char header[DATABASE_HEADER];
	int fd = open(view->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t count;

	if (fd < 0)
		return true;
	count = pread(fd, header, sizeof(header), 0);
	close(fd);
	return count < 0 || database_header(header, (size_t)count);
}

static const char *untouched(int fd, const struct stat *file)
{
	struct statfs found;

	if (!S_ISREG(file->st_mode))
		return "it is no regular file";
	if (fstatfs(fd, &found) == 0 && filesystem_is_untouchable((unsigned long)found.f_type))
		return "memory filesystems and the kernel's own are never touched";
	return NULL;
}

int subject_look(const char *name, struct subject *subject)
{
	int fd = open(name, O_PATH | O_CLOEXEC);
	struct stat file;
	ssize_t length;

	if (fd < 0)
		return errno;
	memset(subject, 0, sizeof(*subject));
	length = readlink(cli_text("/proc/self/fd/%d", fd), subject->path,
			  sizeof(subject->path) - 1);
	if (length < 0 || fstat(fd, &file)) {
		int error = errno;

		close(fd);
		return error;
	}
	subject->mounted = mount_of(fd, &subject->mount);
	subject->untouched = untouched(fd, &file);
	close(fd);
	subject->view = (struct file_view){
		.path = subject->path,
		.program = program,
		.filesystem = filesystem,
		.below_worktree = below_worktree,
		.read_only = read_only,
		.is_database = is_database,
	};
	return 0;
}
