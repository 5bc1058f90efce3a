/* SPDX-License-Identifier: MIT */
/*
 * The file of a refused mapping. Finds out through its fd what the rules need, without opening the
 * file again (closing a second fd would drop the program's POSIX locks).
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
	FILE_PATH_ROOM = 768, /* longer paths go to a mapping: the stack may be small */
};

/* What the file begins with. */
enum header {
	HEADER_UNREAD,
	HEADER_PLAIN,
	HEADER_INDEX,	 /* an index of git */
	HEADER_DATABASE, /* or the file cannot be read */
};

struct file {
	struct file_view view; /* first, because the rules get a pointer to it */
	int fd; /* the program's open file itself, as a descriptor of this process */
	struct snapshot known; /* its state at file_look() */
	enum header header;
	bool looked;	  /* file_look() was called: known is what it found */
	bool regular;	  /* valid if looked */
	bool keep;	  /* the rule says that its copy is kept */
	bool copy_tells;  /* a copy would begin with the header, and so tell it */
	bool header_left; /* it counts as no database until the copy tells */
	bool git_known;	  /* view.git is valid */
	bool git_anew;	  /* find view.git anew for messages; the cache does not have it */
	bool mount_known;
	struct inode_mount mount; /* valid if mount_known */
	char *far_path;		  /* the mapping of a long path, or NULL */
	void *early;		  /* converted before the rules were asked; NULL: it was not */
	bool begun;		  /* file_begin() was called: file_done() restores signals */
	struct signals signals;
	char path[FILE_PATH_ROOM + ABOVE_ROOM];
	char filesystem[FILESYSTEM_NAME];
};

/*
 * A program may have a seccomp filter that kills it for calls that it never makes itself. So
 * privmap makes each call only when nothing can be decided without it, and the commonest first:
 * fstat(2), then the path, then what the rules need, then statfs(2). Once the path and the rules
 * have worked, they come before fstat(2), which may be a request to the server. Once a file was
 * served, the path comes first as well, and the server is not asked about a file whose name tells
 * that it is no database (inode_known()).
 */

/*
 * Begins with the file of fd; false if it is known not to be a regular file. If true, file_done()
 * must follow. Opens and maps nothing. Like all functions here, it leaves errno alone.
 */
bool file_start(struct file *file, int fd);

/*
 * Calls inode_look(), once; inode_known(), if the name tells that it is no database. False if that
 * fails, or if it is not a regular file.
 */
bool file_look(struct file *file);

/* Notes that no rule serves the file, and that no message says why; that a file is served. */
void file_left(const struct file *file);
void file_served(void);

/*
 * One question about a mapping tells the path and the identity of its file, in half the time that
 * two about a descriptor take. So a file may be converted before the rules are asked, if the last
 * one was converted and on FUSE, and its name told what it is. file_may_be_early() is true if this
 * holds, for a regular file. Call file_is_early() after the conversion to early; and
 * file_not_early() if the rules do not convert the file. file_converted() notes whether the next
 * file may be early. shown: the identity that maps shows for the file.
 */
bool file_may_be_early(const struct file *file);
void file_is_early(struct file *file, void *early);
void file_not_early(void);
void file_converted(const struct file *file, struct identity shown);

/*
 * Blocks signals until file_done(). From here on privmap opens and maps things, and a signal
 * handler that jumps away must not leave those behind. May be called again. Call it only when
 * needed, because a program's filter may forbid even that.
 */
void file_begin(struct file *file);

/* Call it before the rules. False if file_look(), which it may need, returns false. */
bool file_find_path(struct file *file);

/* Reads the header, if that is not known yet. */
bool file_is_database(struct file *file);

/*
 * Tells whether a copy from the file's start on begins as a database does. That sets the header, if
 * it was left to the copy. False if the rule that was found may not serve the file.
 */
bool file_copied(struct file *file, bool database);

/*
 * Why the rules do not serve a file. Reads its header even if no rule matches, so that the remedy
 * for a database is the one that helps.
 */
enum not_served file_not_served(struct file *file, const struct verdict *verdict);

/* False on memory and kernel filesystems, which are never served. */
bool file_may_be_served(struct file *file);

/*
 * True on FUSE: /proc/PID/maps shows all files of the device as stat(2) tells them, or none. Not
 * where inode numbers are folded to 32 bits. After file_may_be_served().
 */
bool file_shown_alike(const struct file *file);

/* True if nothing on its mount may be executed. */
bool file_is_noexec(struct file *file);

void file_done(struct file *file);
