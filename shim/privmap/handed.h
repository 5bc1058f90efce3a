/* SPDX-License-Identifier: MIT */
/*
 * Runs a program that libprivmap-exec.so hands over: under the tracer if possible, and in any case
 * as its parent expects.
 */
#pragma once

#include <stdbool.h>

/* True if this command was started for that (core/handed-over.h). */
bool handed_over(int argc, char **argv);

/* Returns only if the program cannot be run: the errno, and the program's name. */
int handed_run(char **argv, const char **name);
