/* SPDX-License-Identifier: MIT */
/*
 * Decides on one call of the program.
 */
#pragma once

#include "look.h"
#include "memory.h"
#include "trace.h"

struct run {
	/* Set by the caller. */
	char *const *argv, *const *envp;
	bool execs; /* this process becomes the program */

	/* What run_prepare() leaves: the environment to run the program in, if it is to be run */
	char *const *environment;
	/* as it is; and, unless command is "", how privmap is run in its place. */
	char command[TRACE_COMMAND];
	char **handed_argv;

	/* Its own. */
	char **entries, **hidden;
	size_t count; /* of argv */
	int closed;   /* a descriptor that must outlive the start of privmap; -1: none */
	char numbers[2][12];
	struct room room;
};

void run_prepare(struct run *run, const struct place *place);

/* After privmap could not be run: the program is to be. */
void run_take_back(struct run *run);

/* After the program could not be run, or is run in another process. */
void run_end(struct run *run);
