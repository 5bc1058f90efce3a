/* SPDX-License-Identifier: MIT */
/*
 * The mount that a file is on, as /proc/self/mountinfo tells of it.
 */
#pragma once

#include "procfs.h"

#include <stdbool.h>

/* The strings are never given back. */
struct mount {
	char type[FILESYSTEM_NAME];
	const char *point, *source, *options; /* options: the mount's and the filesystem's, once */
};

/* Of a line of /proc/self/mountinfo; false if it is none. */
bool mount_split(const char *line, struct mount *mount);

/* False if /proc does not tell. fd may be O_PATH. */
bool mount_of(int fd, struct mount *mount);
