/* SPDX-License-Identifier: MIT */
/*
 * How libprivmap-exec.so hands a program over to privmap: the arguments of the latter are
 *
 *	privmap HANDED_OPTION AT CLOSED PATH COUNT [VARIABLE]... [ARGUMENT]...
 *
 * AT: a descriptor that PATH is relative to, or that is the program where PATH is ""; "-" for the
 * current directory. CLOSED: "1" if that is to be closed when the program starts, else "0".
 * VARIABLE: COUNT entries of the environment that would act on privmap itself; where each is to be
 * put back HANDED_OUT stands in the environment, in the same order. ARGUMENT: the program's, its
 * name with them.
 */
#pragma once

#define HANDED_OPTION "--handed-over"
#define TRACER_NAME "privmap-trace" /* in /proc/PID/comm */
#define HANDED_OUT "privmap: handed over"

enum { HANDED_FIRST = 6 }; /* the first VARIABLE */
