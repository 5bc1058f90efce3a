/* SPDX-License-Identifier: MIT */
/*
 * Recognizes git's own files, and those of Mercurial's store, by their names. Says in words where
 * such a file lies. Pure.
 */
#pragma once

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum git_kind {
	GIT_NONE, /* not such a file */
	GIT_NAMED,
	GIT_INDEX, /* by its first bytes */
	/* the rest: below a directory */
	GIT_DIRECTORY,
	GIT_LINKED, /* the git directory of a linked work tree */
	GIT_OBJECTS,
	GIT_QUARANTINE,
	GIT_MERCURIAL,
};

struct git_place {
	enum git_kind kind;
	size_t length; /* of the directory's name, at the start of the path; 0 for the root */
};

/* path: absolute. */
struct git_place git_by_name(const char *path);

/*
 * Whether the file's first bytes are worth reading: its last component is the one of given, or
 * contains "index", as index.lock and next-index-12.lock do. path as before. given: the value of
 * GIT_INDEX_FILE, or NULL.
 */
bool git_may_be_index(const char *path, const char *given);

/* How many bytes from the start of a file tell whether it is an index. */
enum { GIT_HEADER = 8 };

bool git_index_header(const unsigned char *start, size_t size);

/* Adds "below the git directory /x/y"; path as before. Adds nothing for GIT_NONE. */
void git_say(struct text *text, struct git_place place, const char *path);
