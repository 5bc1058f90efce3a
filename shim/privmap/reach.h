/* SPDX-License-Identifier: MIT */
/*
 * Whether the preload library can reach a program, and if not, why.
 */
#ifndef PRIVMAP_REACH_H
#define PRIVMAP_REACH_H

#include "program.h"

#include <stdbool.h>

struct reach {
	bool reached; /* LD_PRELOAD brings libprivmap.so into the program */
	bool unusual; /* if not, for a reason that its user should know */
	bool privileged; /* which is that it has privileges of its own */
	char why[320]; /* as the end of a sentence: "it is a static program" */
};

struct reach reach_by_preload(const struct program *program);

#endif
