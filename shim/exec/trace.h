/* SPDX-License-Identifier: MIT */
/*
 * Tells whether privmap could trace the program that this process is about to run, and where
 * privmap is.
 */
#pragma once

#include <stddef.h>

enum { TRACE_COMMAND = 256 }; /* bytes of privmap's name; one that is longer is not used */

enum trace {
	TRACE_NOT, /* it is not permitted, or wants more than this process may have */
	TRACE_CAN,
	TRACE_OTHERS, /* trace it already, strace or a debugger */
	TRACE_DONE,   /* by privmap; or this is privmap */
};

/* By whom this process is traced: TRACE_CAN says that nobody does, TRACE_NOT that /proc is silent.
 */
enum trace trace_is(void);

/* command gets privmap's name, if it can. */
enum trace trace_can(char command[TRACE_COMMAND]);
