/* SPDX-License-Identifier: MIT */
/*
 * The state that the library learns at the start of its process: what to do, and what it keeps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { OWN_KEPT = 16 };

struct own {
	bool all;	  /* under privmap: every program counts, and the environment is kept */
	const char *file; /* this library */
	size_t directory; /* the length of its directory's name */
	const char *libraries; /* what LD_PRELOAD has to hold; all only */
	unsigned count;
	const char *kept[OWN_KEPT]; /* "NAME=VALUE" of what is to be kept; all only */
};

/* NULL: nothing is to be done, or the constructor did not run yet. */
const struct own *own(void);

/* Whether a program of that name, with directories or without, is to be looked at. */
bool own_counts(const char *name);

/* The value of an entry of the environment if it is NAME's, else NULL. */
const char *value_of(const char *entry, const char *name);
