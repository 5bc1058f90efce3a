/* SPDX-License-Identifier: MIT */
/*
 * Tells whether privmap could trace the program that this process is about to run, and where
 * privmap is.
 */
#pragma once

#include <stddef.h>

enum { TRACE_COMMAND = 256 }; /* bytes for privmap's name; a longer name is not used */

enum trace {
	TRACE_NOT, /* not permitted, or this process may not have enough resources */
	TRACE_CAN,
	TRACE_OTHERS, /* strace or a debugger traces it already */
	TRACE_DONE,   /* privmap traces it, or is this process */
};

/* Who traces this process. TRACE_CAN: nobody does. TRACE_NOT: /proc does not tell. */
enum trace trace_is(void);

/* Whether privmap can trace a program; command becomes the name of privmap then. */
enum trace trace_can(char command[TRACE_COMMAND]);
