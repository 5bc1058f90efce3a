/* SPDX-License-Identifier: MIT */
/*
 * Looks at the program that a call is about to run, and finds it as the call would. No allocation,
 * no lock, and only system calls without side effects.
 */
#pragma once

#include <stdbool.h>

/* As for execveat(2). */
struct place {
	int at;
	const char *path;
	int flags;
	bool spawns; /* another process will run it; threads of this one continue */
};

enum look {
	LOOK_REACHED,	 /* by LD_PRELOAD; or it will not run, or cannot be read */
	LOOK_APART,	 /* dynamic, but with another libc or class than this library */
	LOOK_STATIC,	 /* or a Go program */
	LOOK_OWN_RIGHTS, /* out of reach, and not to be traced: set-user-ID or the like */
};

enum look look_at(const struct place *place);

/* Whether the name means the same file in another process. */
bool look_lasts(const struct place *place);

/* Whether the kernel would run it now, as far as it checks before the arguments. */
bool look_runs(const struct place *place);
