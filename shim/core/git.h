/* SPDX-License-Identifier: MIT */
/*
 * Git's own files, and those of Mercurial's store: what is known of one by its name, and what is
 * said of where it lies. Pure.
 */
#pragma once

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum git_kind {
	GIT_NONE, /* it is no such file */
	GIT_NAMED,
	GIT_INDEX, /* by its first bytes */
	/* below a directory */
	GIT_DIRECTORY,
	GIT_LINKED, /* that of a linked work tree */
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
 * Whether its first bytes are worth reading: its last name is that of given, or "index" is in it,
 * as in index.lock and in next-index-12.lock. path as before. given: GIT_INDEX_FILE, or NULL.
 */
bool git_may_be_index(const char *path, const char *given);

/* How many bytes of a file's start are needed to tell whether it is an index. */
enum { GIT_HEADER = 8 };

bool git_index_header(const unsigned char *start, size_t size);

/* "below the git directory /x/y"; path as before. Nothing for GIT_NONE. */
void git_say(struct text *text, struct git_place place, const char *path);
