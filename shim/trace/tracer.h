/* SPDX-License-Identifier: MIT */
/*
 * The tracer's own process, from its start to the end of its last tracee.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Attaches to a process that waits for it. 0 or an errno; ENOTSUP: its calls cannot be followed
 * (info.h). It is a tracee then, and ends with the tracer.
 */
int tracer_attach(pid_t process);

/* Serves all tracees until none is left, and ends as the first of them did. */
void tracer_run(void) __attribute__((noreturn));
