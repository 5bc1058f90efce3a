/* SPDX-License-Identifier: MIT */
/*
 * The trace engine, started from a process that is about to execute the program to be served.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes this process a tracee of a new process, the tracer. The tracer serves the program that this
 * process executes and all its descendants, by the rules of the present environment, and lives as
 * long as they do. directory is that of the loader module. On failure returns false, with nothing
 * changed but no_new_privs, and writes the reason into why (size bytes), as the end of a sentence.
 */
bool trace_start(const char *directory, char *why, size_t size);

/* Returns the tracer of this process: none, privmap's, or another one. */
enum tracer { TRACER_NONE, TRACER_PRIVMAP, TRACER_OTHER };
enum tracer tracer_of_process(void);
