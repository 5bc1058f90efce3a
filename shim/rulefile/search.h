/* SPDX-License-Identifier: MIT */
/*
 * Finds what the environment says to privmap, and which rule file counts: the search that
 * privmap.conf(5) describes, for the library and the commands.
 */
#pragma once

#include <stddef.h>

/* Each as getenv(3) would give it; NULL: not set. Where secure_getenv(3) gives none, none is. */
struct environment {
	const char *config;  /* PRIVMAP_CONFIG */
	const char *disable; /* PRIVMAP_DISABLE */
	const char *log;     /* PRIVMAP_LOG */
	const char *paths;   /* PRIVMAP_PATHS */
	const char *report;  /* PRIVMAP_REPORT */
	const char *index;   /* GIT_INDEX_FILE */
	const char *xdg;     /* XDG_CONFIG_HOME */
	const char *home;    /* HOME */
};

/* The environment, walked once where secure_getenv(3) would do so for each name. */
struct environment environment_read(void);

/*
 * Writes the name of the rule file to name (size bytes) and returns it; NULL if there is none:
 * then the built-in rules hold. PRIVMAP_CONFIG counts whether or not there is such a file.
 */
const char *search_rule_file(const struct environment *given, char *name, size_t size);

/* Bytes of room that any name it may write fits. */
size_t search_longest(const struct environment *given);
