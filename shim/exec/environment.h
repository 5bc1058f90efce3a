/* SPDX-License-Identifier: MIT */
/*
 * The environment for a program: the one that the caller gave, with privmap's variables restored if
 * they were cleared.
 */
#pragma once

#include "start.h"

struct environment {
	char *const *given;
	size_t count;	     /* of given */
	const char *preload; /* the value of LD_PRELOAD in it; NULL: none */
	const char *asan;    /* the same for ASAN_OPTIONS */
	const char *report;  /* the same for PRIVMAP_REPORT */
	size_t hidden;	     /* entries that act on privmap itself (handed-over.h) */
	bool disabled;	     /* by PRIVMAP_DISABLE */
	bool cleared;	     /* privmap's variables are not in it */
	bool elsewhere;	     /* the libraries do not exist here: another root directory */
};

/* False if some of it cannot be read: the kernel will report that. */
bool environment_look(struct environment *environment, char *const given[]);

/*
 * Whether it must be changed; apart: for a program that cannot load the libraries. And the most
 * bytes that strings of the changed one take.
 */
bool environment_changes(const struct environment *environment, bool apart);
size_t environment_bytes(const struct environment *environment);

/* The most entries that the changed one has. */
size_t environment_most(const struct environment *environment);

/* Writes the changed one, with its NULL, to entries, and strings to bytes. */
void environment_change(const struct environment *environment, bool apart, char **entries,
			char *bytes);
