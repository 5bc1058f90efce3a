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
	int fd; /* the program's open file, not opened again, under a number of this process */
	struct snapshot known; /* as the kernel knows it; its server was not asked */
	uint64_t mount_id;     /* 0: the kernel does not say */
	bool direct;		  /* opened O_DIRECT */
	bool no_database;	  /* its header has been looked at, for this mapping */
	char *far_path;		  /* the mapping of a long path, NULL if there is none */
	char path[FILE_PATH_ROOM + FILE_GIT_ROOM];
	char filesystem[FILESYSTEM_NAME];
};

/*
 * Looks at the file of fd. False if it is none to serve: not a regular
 * one, or on a memory or kernel filesystem. If true, file_done() must follow. Leaves errno alone,
 * as all here do. The rules may be asked once file_find_path() was called.
 */
bool file_look(struct file *file, int fd);
void file_find_path(struct file *file);
void file_done(struct file *file);

#endif
