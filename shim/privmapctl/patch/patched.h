/* SPDX-License-Identifier: MIT */
/*
 * Tells whether a program is patched (patch.c), and whether all files that the patch needs exist.
 */
#pragma once

#include "patched-record.h"

#include <stdbool.h>

enum patched_by {
	PATCHED_NOT,
	PATCHED_LIBRARY,  /* it needs libprivmap.so */
	PATCHED_LAUNCHER, /* a launcher is in its place */
	PATCHED_ENGINE,	  /* the engine is in it */
	PATCHED_REPLACED, /* a new version has replaced the patched one */
};

struct patched {
	enum patched_by by;
	const char *engine;   /* the version of the engine in it; NULL: none */
	const char *original; /* NULL if it is not patched */
	const char *missing;  /* a file that it needs: library, original, privmap; NULL: none */
};

/* Reads the record of a program with the engine in it; false if fd is no such program. */
bool patched_record(int fd, struct patch_record *record);

/* Looks at a program; path may be a symbolic link. */
struct patched patched_look(const char *path);
