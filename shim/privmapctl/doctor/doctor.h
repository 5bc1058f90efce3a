/* SPDX-License-Identifier: MIT */
/*
 * The three parts of privmapctl doctor. Each prints its answer, with --json as one object, and
 * returns an exit status.
 */
#pragma once

#include "mount.h"

#include <stdbool.h>
#include <sys/utsname.h>

/*
 * Reports an operand that cannot be examined: a line on stderr, and an element of JSON. Returns
 * CTL_FAILED.
 */
int doctor_failed(const char *name, const char *message);

int doctor_directory(const char *name);
int doctor_file(const char *name);
int doctor_program(const char *name);
int doctor_installation(void);

/*
 * Writes a part of the installation's answer, into its object: whether the current directory
 * refuses mappings that can be served.
 */
enum here { HERE_WORKS, HERE_REFUSES, HERE_UNKNOWN };
enum here doctor_here(void);
/*
 * The same: mounts whose kind may refuse mappings, untouched; and the facts that a bug report
 * needs.
 */
void doctor_mounts(void);
void doctor_system(void);

/* Returns why no program can be traced here: Yama, a filter, another tracer. NULL if it can. */
const char *doctor_why_untraced(void);

/* A way to map a file. */
struct kind {
	const char *name, *text;
	int access, prot, flags;
};

enum { KINDS = 5 };

extern const struct kind kinds[KINDS];

struct directory_report {
	int errors[KINDS];     /* of mmap(2); 0: it works */
	int signals[KINDS];    /* that kill a program which touches it; 0: none */
	bool converted[KINDS]; /* an engine of privmap has served it already */
	int unreadable;	       /* the errno of read(2); 0: it works */
	bool untouchable, noexec;
	const char *file; /* an existing file, only read; NULL: a temporary one */
	bool mounted;
	struct mount mount;
	struct utsname kernel;
};

/* False for a writable mapping on a file that is only read. */
bool is_tried(const struct directory_report *report, size_t i);

/* Tries mappings of a file, only by reading. Returns 0, or the errno of what failed. */
int try_file(const char *name, struct directory_report *report);

/*
 * Tries mappings of a new file of one page, which it removes; if it cannot make one, of an existing
 * file, only by reading. Returns 0, or the errno of what failed.
 */
int try_directory(const char *name, struct directory_report *report);
