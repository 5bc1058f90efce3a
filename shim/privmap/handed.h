/* SPDX-License-Identifier: MIT */
/*
 * A program that libprivmap-exec.so hands over: run under the tracer if that can be, and as its
 * parent expects in any case.
 */
#pragma once

#include <stdbool.h>

/* Whether that is what this command was started for (core/handed.h). */
bool handed_over(int argc, char **argv);

/* Returns only if the program cannot be run: why, and its name. */
int handed_run(char **argv, const char **name);
