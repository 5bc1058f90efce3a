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
	bool execs; /* an exec: this process becomes the program */

	/* Set by run_prepare(): the environment for the program itself; */
	char *const *environment;
	/* and, unless command is "", how to run privmap in its place. */
	char command[TRACE_COMMAND];
	char **handed_argv;

	/* Internal. */
	char **entries, **hidden;
	size_t count; /* of argv */
	int closed;   /* a descriptor that must outlive the start of privmap; -1: none */
	char numbers[2][12];
	struct room room;
};

void run_prepare(struct run *run, const struct place *place);

/* Call it if privmap could not be run, before the program itself is run. */
void run_take_back(struct run *run);

/* Call it if the program could not be run, or runs in another process. */
void run_end(struct run *run);
