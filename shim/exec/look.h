/* SPDX-License-Identifier: MIT */
/*
 * Looks at the program that a call is about to run, found as the call itself would find it. No
 * allocation, no lock, and only system calls without side effects.
 */
#pragma once

#include <stdbool.h>

/* As of execveat(2). */
struct place {
	int at;
	const char *path;
	int flags;
	bool spawns; /* another process will run it, while threads of this one go on */
};

enum look {
	LOOK_REACHED,	 /* by LD_PRELOAD; or it will not run, or cannot be looked at */
	LOOK_APART,	 /* it has a dynamic linker, but another libc or class than this library */
	LOOK_STATIC,	 /* or a Go program */
	LOOK_OWN_RIGHTS, /* out of reach, and to be left alone: it has privileges of its own */
};

enum look look_at(const struct place *place);

/* Whether its name means the same when it is looked at from another process. */
bool look_lasts(const struct place *place);

/* Whether the kernel would run it now, as far as it looks before the arguments. */
bool look_runs(const struct place *place);
