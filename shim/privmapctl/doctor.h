/* SPDX-License-Identifier: MIT */
/*
 * The three things privmapctl doctor looks at. Each prints, as JSON with --json one object, and
 * returns an exit status.
 */
#pragma once

#include "mount.h"

#include <stdbool.h>
#include <sys/utsname.h>

/* For an operand that cannot be examined: a line on stderr, an element. Returns CTL_FAILED. */
int doctor_failed(const char *name, const char *message);

int doctor_directory(const char *name);
int doctor_file(const char *name);
int doctor_program(const char *name);
int doctor_installation(void);

/* Parts of the last, into its object: whether the current directory refuses what can be served, */
enum here { HERE_WORKS, HERE_REFUSES, HERE_UNKNOWN };
enum here doctor_here(void);
/* the mounts whose kind may refuse mappings, which are not touched, and what a bug report needs. */
void doctor_mounts(void);
void doctor_system(void);

/* Why no program can be traced here: Yama, a filter, a tracer that is there. NULL: it can. */
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
	int signals[KINDS];    /* that come when it is touched; 0: none */
	bool converted[KINDS]; /* an engine of privmap's has served it already */
	int unreadable;	       /* the errno of read(2); 0: it works */
	bool untouchable, noexec;
	const char *file; /* that was only read; NULL: a temporary one */
	bool mounted;
	struct mount mount;
	struct utsname kernel;
};

/* A writable mapping is not tried on a file that is only read. */
bool is_tried(const struct directory_report *report, size_t i);

/* By reading only. 0, or the errno of what could not be done. */
int try_file(const char *name, struct directory_report *report);

/*
 * On a file of one page, which is removed; where none can be made, by reading one that is there. 0,
 * or the errno of what could not be done.
 */
int try_directory(const char *name, struct directory_report *report);
