/* SPDX-License-Identifier: MIT */
/*
 * Replaces files.
 */
#include "replace.h"

#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void sync_directory(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = !slash	 ? "." :
			   slash == file ? "/" :
					   cli_text("%.*s", (int)(slash - file), file);
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int replace_commit(int fd, const char *name, const char *file)
{
	if (fsync(fd) || rename(name, file))
		return errno;
	sync_directory(file);
	return 0;
}
