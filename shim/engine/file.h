/* SPDX-License-Identifier: MIT */
/*
 * The file behind a refused mapping: what the rules ask about it, found out through its fd
 * without opening it again (closing a second fd would drop the program's POSIX locks).
 */
#pragma once

#include "above.h"
#include "inode.h"
#include "message.h"
#include "procfs.h"
#include "rules.h"
#include "signals.h"
#include "snapshot.h"

#include <stdint.h>

enum {
	FILE_PATH_ROOM = 768, /* longer paths go to a mapping: hosts may have little stack left */
};

/* What it begins with, for this mapping. */
enum header {
	HEADER_UNREAD,
	HEADER_PLAIN,
	HEADER_INDEX,	 /* of git */
	HEADER_DATABASE, /* or it cannot be read */
};

struct file {
	struct file_view view; /* first: what the rules get */
	int fd; /* the program's open file, not opened again, under a number of this process */
	struct snapshot known; /* when it was looked at */
	enum header header;
	bool looked;	  /* at what it is: known is what was found */
	bool regular;	  /* if so: it is a regular file */
	bool keep;	  /* the rule says that a copy of it is kept */
	bool copy_tells;  /* a copy of it would begin with the header: the copy is asked */
	bool header_left; /* it was taken for no database, because a copy is to tell */
	bool git_known;	  /* view.git was found out, for this mapping */
	bool git_anew;	  /* what is remembered of it is not enough: it is to be told */
	bool mount_known;
	struct inode_mount mount; /* if it is */
	char *far_path;		  /* the mapping of a long path, NULL if there is none */
	bool begun;		  /* file_begin() was said: signals are to be restored */
	struct signals signals;
	char path[FILE_PATH_ROOM + ABOVE_ROOM];
	char filesystem[FILESYSTEM_NAME];
};

/*
 * A host may have shut itself in by a filter that kills it for a call which it never makes. So each
 * call waits until nothing can be decided without it, and the commonest come first: fstat(2), then
 * the path, then what the rules ask for, then statfs(2). Once the program has got through with the
 * path and the rules, these come before fstat(2), which may be a request to the server.
 */

/*
 * Begins with the file of fd; false if it is known to be no regular one. If true, file_done() must
 * follow. Opens and maps nothing. Leaves errno alone, as all here do.
 */
bool file_start(struct file *file, int fd);

/* Looks what it is, once; false if it is no regular file, or cannot be asked. */
bool file_look(struct file *file);

/* The rules have left it, and nobody is told why. */
void file_left(const struct file *file);

/*
 * What is asked or done of the file from now on opens and maps what no handler of the host may
 * leave behind, and is not to be interrupted. Until file_done(); may be said again. Not before, for
 * a host's filter may forbid even that.
 */
void file_begin(struct file *file);

/* To be called before the rules are asked. False as file_look(), which it may need. */
bool file_find_path(struct file *file);

/* Reads its header, if that is not known yet. */
bool file_is_database(struct file *file);

/*
 * A copy of it, from its start on, is a database's or not: the header, if that was left to the
 * copy. False if nothing may be done with it by the rule that was found.
 */
bool file_copied(struct file *file, bool database);

/*
 * Why a file is left of which the rules say so. What is told of a database shall help, where no
 * rule matches either: its header is read.
 */
enum not_served file_not_served(struct file *file, const struct verdict *verdict);

/* False on memory and kernel filesystems, which are never touched. */
bool file_may_be_served(struct file *file);

/* True if nothing on its mount may be executed. */
bool file_is_noexec(struct file *file);

void file_done(struct file *file);
