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

#include <stdbool.h>
#include <stddef.h>

#define HANDED_OPTION "--handed-over"
#define TRACER_NAME "privmap-trace" /* in /proc/PID/comm */
#define HANDED_OUT "privmap: handed over"

enum { HANDED_FIRST = 6 }; /* the first VARIABLE */

/* Whether entry begins so. No libc: the launcher has none. */
static inline bool handed_begins(const char *entry, const char *start)
{
	while (*start && *entry == *start)
		entry++, start++;
	return !*start;
}

/* What the dynamic linker and libc read in privmap. */
static inline bool handed_acts_on_privmap(const char *entry)
{
	return handed_begins(entry, "LD_") || handed_begins(entry, "GLIBC_TUNABLES=");
}

/* Takes at most so many of these out of an environment, to hidden. How many. */
static inline size_t handed_hide(char **envp, char **hidden, size_t most)
{
	size_t count = 0;

	for (; *envp; envp++)
		if (count < most && handed_acts_on_privmap(*envp)) {
			hidden[count++] = *envp;
			*envp = (char *)HANDED_OUT;
		}
	return count;
}

/* The reverse. */
static inline void handed_show(char **envp, char **hidden)
{
	for (; *envp; envp++)
		if (handed_begins(*envp, HANDED_OUT) && !(*envp)[sizeof(HANDED_OUT) - 1])
			*envp = *hidden++;
}
