/* SPDX-License-Identifier: MIT */
/*
 * privmap --report: tells at the end what privmap did for the command and all that it started.
 */
#pragma once

#include "record.h"

/*
 * Tells it on stderr. unreached: why maybe no process counted in the record, as the end of a
 * sentence.
 */
void sum_tell(const struct record *record, const char *unreached);

/* Where lines of JSON go. */
struct sum_file {
	const char *name; /* absolute; NULL: none are wanted */
	int fd;		  /* above 2, of a pipe, a device or "/dev/fd/3"; -1: a regular file */
};

/*
 * Fails now if the file cannot be written, not at the end, when it has another name or its reader
 * has gone. Does not follow symbolic links, except to descriptors of this process.
 */
struct sum_file sum_open(const char *file);

/*
 * Appends a line of JSON for each process to the file (sink_file()), or writes it to fd, which may
 * have got another number meanwhile.
 */
void sum_append(const struct record *record, const char *name, int fd);
