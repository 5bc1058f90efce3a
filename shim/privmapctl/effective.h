/* SPDX-License-Identifier: MIT */
/*
 * The rules in force: what a program started now, with this environment, would get.
 */
#pragma once

#include "settings.h"

#include <limits.h>

struct effective {
	char directory[PATH_MAX]; /* of libprivmap.so, or where it should be */
	bool library;		  /* it is there */
	const char *file;	  /* the rule file; NULL: the built-in rules */
	bool named;		  /* by PRIVMAP_CONFIG */
	bool disabled;		  /* PRIVMAP_DISABLE: nothing is served */
	const char *paths;	  /* PRIVMAP_PATHS; NULL: not set */
	struct settings settings; /* with the rule of PRIVMAP_PATHS in front */
	char error[2 * PATH_MAX]; /* of the rule file, then nothing is served; "" */
};

/* Finds file and directory only. */
void effective_find(struct effective *effective);

/* All of it. */
void effective_read(struct effective *effective);

/*
 * The programs that a profile hands over. JSON: the array "trace"; for people their names, with
 * commas between them, or "none".
 */
void effective_report_trace(const struct settings *settings);
