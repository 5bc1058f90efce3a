/* SPDX-License-Identifier: MIT */
/*
 * A private directory for a test's files, below TMPDIR.
 */
#ifndef PRIVMAP_TEMPORARY_H
#define PRIVMAP_TEMPORARY_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Makes the directory and writes its name to name; -1 if it cannot be made. */
static inline int temporary_make(char name[PATH_MAX])
{
	const char *parent = getenv("TMPDIR");
	int length = snprintf(name, PATH_MAX, "%s/privmap-test.XXXXXX",
			      parent && *parent ? parent : "/tmp");

	return length < PATH_MAX && mkdtemp(name) ? 0 : -1;
}

static inline int temporary_remove(const char *name)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		execlp("rm", "rm", "-rf", "--", name, (char *)NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

#endif
