/* SPDX-License-Identifier: MIT */
/*
 * Whether privmap could trace what this process is about to run, and where privmap is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { TRACE_COMMAND = 256 }; /* bytes of privmap's name; one that is longer is not used */

/* False, too, in privmap itself. command gets its name. */
bool trace_can(char command[TRACE_COMMAND]);
