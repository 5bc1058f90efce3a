/* SPDX-License-Identifier: MIT */
/*
 * The effective rules: those that a program started in this environment would use.
 */
#pragma once

#include "settings.h"

#include <limits.h>

struct effective {
	char directory[PATH_MAX]; /* of libprivmap.so, even if that is missing */
	bool library;		  /* it exists */
	const char *file;	  /* the rule file; NULL: the built-in rules */
	bool named;		  /* PRIVMAP_CONFIG names file */
	bool disabled;		  /* PRIVMAP_DISABLE: nothing is served */
	const char *paths;	  /* PRIVMAP_PATHS; NULL: not set */
	struct settings settings; /* with the rule of PRIVMAP_PATHS first */
	char error[2 * PATH_MAX]; /* in the rule file: nothing is served; "": none */
};

/* Finds only the file and the directory. */
void effective_find(struct effective *effective);

/* Finds and reads everything. */
void effective_read(struct effective *effective);

/*
 * Writes the programs that a profile hands over: the array "trace"; for people their names,
 * separated by commas, or "none".
 */
void effective_report_trace(const struct settings *settings);
