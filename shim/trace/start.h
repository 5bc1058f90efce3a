/* SPDX-License-Identifier: MIT */
/*
 * The trace engine, started from a process that is about to execute the program to be served.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes this process a tracee of a new process, the tracer, which serves what it executes and all
 * that comes of it, by the rules that the environment tells of now, and lives as long as they do.
 * directory: where the loader module lies. False, and nothing changed but no_new_privs, if that
 * cannot be; why (size bytes) then says so, as the end of a sentence.
 */
bool trace_start(const char *directory, char *why, size_t size);

/* Whether this process has a tracer: none, privmap's, or another one. */
enum tracer { TRACER_NONE, TRACER_PRIVMAP, TRACER_OTHER };
enum tracer tracer_of_process(void);
