/* SPDX-License-Identifier: MIT */
/*
 * The destination of a report: the file that --report=FILE names.
 */
#pragma once

#include "text.h"

struct destination {
	const char *name; /* absolute; NULL: no file is named */
	int fd;		  /* of a pipe, a device or "/dev/fd/3"; -1: a regular file */
};

/*
 * Fails now if the file cannot be written, not at the end, when it has another name or its reader
 * has gone. Does not follow symbolic links, except to descriptors of this process. The descriptor
 * is above the standard ones.
 */
struct destination destination_open(const char *file);

/* Writes text, which the process pid reports; appends it to a regular file (sink_file()). */
void destination_write(const struct destination *destination, int pid, const struct text *text);
