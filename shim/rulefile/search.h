/* SPDX-License-Identifier: MIT */
/*
 * Reads privmap's variables from the environment, and finds the rule file as privmap.conf(5)
 * describes. For the library and the commands.
 */
#pragma once

#include <stddef.h>

/* Each as secure_getenv(3) would return it; NULL: not set. */
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

/* Walks through the environment only once; secure_getenv(3) would do so for each name. */
struct environment environment_read(void);

/*
 * Finds the rule file; NULL if there is none: then the built-in rules apply. Returns the value of
 * PRIVMAP_CONFIG even if that file does not exist; else writes the name to name (size bytes).
 */
const char *search_rule_file(const struct environment *given, char *name, size_t size);

/* The bytes that the longest name may need. */
size_t search_longest(const struct environment *given);
