/* SPDX-License-Identifier: MIT */
/*
 * Which rule file counts: the search of privmap.conf(5), for the library and the commands.
 */
#ifndef PRIVMAP_SEARCH_H
#define PRIVMAP_SEARCH_H

#include <stddef.h>

/* What the environment says; NULL or "" where it says nothing. A secure process passes none. */
struct search {
	const char *config; /* PRIVMAP_CONFIG */
	const char *xdg;    /* XDG_CONFIG_HOME; relative ones do not count (XDG base directories) */
	const char *home;   /* HOME */
};

/*
 * Writes the name of the rule file to name (size bytes) and returns it; NULL if there is none:
 * then the built-in rules hold. PRIVMAP_CONFIG counts whether or not there is such a file.
 */
const char *search_rule_file(const struct search *search, char *name, size_t size);

/* Bytes of room that any name it may write fits. */
size_t search_longest(const struct search *search);

#endif
