/* SPDX-License-Identifier: MIT */
/*
 * The mount that a file is on, from /proc/self/mountinfo.
 */
#pragma once

#include "procfs.h"

#include <stdbool.h>

/* Nobody frees the strings. */
struct mount {
	char type[FILESYSTEM_NAME];
	const char *point, *source, *options; /* options: of the mount and of the filesystem */
};

/* Parses a line of /proc/self/mountinfo; false if it is invalid. */
bool mount_split(const char *line, struct mount *mount);

/* Finds the mount of fd, which may be O_PATH. False if /proc does not tell. */
bool mount_of(int fd, struct mount *mount);
