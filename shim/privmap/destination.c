/* SPDX-License-Identifier: MIT */
/*
 * The destination of a report: a regular file, which is opened for each line and so may be rotated,
 * or a descriptor that stays open.
 */
#include "destination.h"

#include "cli.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number in a name such as "/dev/fd/63", which bash makes of ">(command)". -1: no such name. */
static int descriptor_in(const char *name)
{
	static const char *const before[] = { "/dev/fd/", "/proc/self/fd/" };
	char *end;

	if (strcmp(name, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(name, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		size_t length = strlen(before[i]);
		long number = strncmp(name, before[i], length) ? -1 :
								 strtol(name + length, &end, 10);

		if (number >= 0 && number <= INT_MAX && !*end)
			return (int)number;
	}
	return -1;
}

/* Above the standard descriptors, and to be written; -1 with errno if it is not open for that. */
static int duplicate(int fd)
{
	int mode = fcntl(fd, F_GETFL);

	if (mode >= 0 && ((mode & O_ACCMODE) == O_RDONLY || mode & O_PATH)) {
		errno = EBADF;
		return -1;
	}
	return fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static bool is_regular(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

struct destination destination_open(const char *file)
{
	enum { WAYS = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK };
	struct destination made = { cli_absolute(file), -1 };
	int named = descriptor_in(made.name), fd, high;

	if (strstr(made.name, "%p")) {
		if (access(cli_text("%.*s", (int)(last_component(made.name) - made.name),
				    made.name),
			   W_OK))
			cli_fail("--report '%s': %s", file, strerror(errno));
		return made;
	}
	fd = named < 0 ? open(made.name, WAYS | O_NOCTTY, 0666) : named;
	high = fd < 0 ? -1 : duplicate(fd);
	if (high < 0)
		cli_fail("--report '%s': %s", file, strerror(errno));
	if (named < 0)
		close(fd);
	if (named < 0 && is_regular(high))
		close(high);
	else
		made.fd = high;
	return made;
}

void destination_write(const struct destination *destination, int pid, const struct text *text)
{
	if (destination->fd < 0)
		sink_file(destination->name, pid, text);
	else
		sink_descriptor(destination->fd, text);
}
