/* SPDX-License-Identifier: MIT */
/*
 * The state that the library learns at the start of its process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { OWN_KEPT = 16 };

struct own {
	bool all;	  /* under privmap: handle all programs, and restore the environment */
	const char *file; /* this library */
	size_t directory; /* the length of its directory's name */
	const char *libraries; /* the libraries that LD_PRELOAD must have; only if all */
	unsigned count;
	const char *kept[OWN_KEPT]; /* "NAME=VALUE" entries to restore; only if all */
};

/* NULL: nothing is to be done, or the constructor has not run yet. */
const struct own *own(void);

/* Whether to handle a program of that name, with directories or without. */
bool own_counts(const char *name);

/* The value of an entry of the environment if it is NAME's, else NULL. */
const char *value_of(const char *entry, const char *name);
