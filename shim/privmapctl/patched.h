/* SPDX-License-Identifier: MIT */
/*
 * Whether a program is patched (patch.c), and whether all that this needs is still there.
 */
#pragma once

#include "patched-record.h"

#include <stdbool.h>

enum patched_by {
	PATCHED_NOT,
	PATCHED_LIBRARY,  /* it needs libprivmap.so */
	PATCHED_LAUNCHER, /* a launcher is in its place */
	PATCHED_ENGINE,	  /* what serves it is in it */
	PATCHED_REPLACED, /* it was, but a new version has taken its place since */
};

struct patched {
	enum patched_by by;
	const char *engine;   /* the version of what is in it; NULL: nothing is */
	const char *original; /* NULL: it is not patched */
	const char *missing; /* what it cannot do without: library, original, privmap; NULL: nothing
			      */
};

/* What a program says that has the engine in it; false: fd is no such program. */
bool patched_record(int fd, struct patch_record *record);

/* path is the program's, which may be a symbolic link. */
struct patched patched_look(const char *path);
