/* SPDX-License-Identifier: MIT */
/* Signals that kill the first process of a pid namespace, except a traced one. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* True if the thread, stopped at this signal, would repeat the faulting instruction for ever. */
bool fatal_repeats(pid_t thread, int signal);
