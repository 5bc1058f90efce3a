/* SPDX-License-Identifier: MIT */
/*
 * The file behind a refused mapping: what the rules ask about it, found out through its fd
 * without opening it again (closing a second fd would drop the program's POSIX locks).
 */
#ifndef PRIVMAP_FILE_H
#define PRIVMAP_FILE_H

#include "procfs.h"
#include "rules.h"
#include "snapshot.h"

#include <stdint.h>

enum {
	FILE_PATH_ROOM = 768, /* longer paths go to a mapping: hosts may have little stack left */
	FILE_GIT_ROOM = 8,    /* what below_worktree() writes behind a path */
};

struct file {
	struct file_view view; /* first: what the rules get */
	int fd;	/* the program's open file, not opened again, under a number of this process */
	struct snapshot known;	  /* when it was looked at */
	bool no_database;	  /* its header has been looked at, for this mapping */
	char *far_path;		  /* the mapping of a long path, NULL if there is none */
	char path[FILE_PATH_ROOM + FILE_GIT_ROOM];
	char filesystem[FILESYSTEM_NAME];
};

/*
 * A host may have shut itself in by a filter that kills it for a call which it never makes. So each
 * call waits until nothing can be decided without it, and the commonest come first: fstat(2), then
 * the path, then what the rules ask for, then statfs(2).
 */

/*
 * Looks at the file of fd; false if it is not a regular one. If true, file_done() must follow.
 * Opens and maps nothing. Leaves errno alone, as all here do.
 */
bool file_look(struct file *file, int fd);

/* To be called before the rules are asked. */
void file_find_path(struct file *file);

/* False on memory and kernel filesystems, which are never touched. */
bool file_may_be_served(const struct file *file);

void file_done(struct file *file);

#endif
