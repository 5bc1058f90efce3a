/* SPDX-License-Identifier: MIT */
/*
 * How libprivmap-exec.so hands a program over to privmap. The arguments of privmap:
 *
 *	privmap HANDED_OPTION AT CLOSED PATH COUNT [VARIABLE]... [ARGUMENT]...
 *
 * AT: a descriptor that PATH is relative to, or of the program itself if PATH is ""; "-" for the
 * current directory. CLOSED: "1" if privmap must close AT when the program starts, else "0".
 * VARIABLE: COUNT entries of the environment that would act on privmap itself. The environment has
 * HANDED_OUT in place of each, in the same order, so that privmap can put them back. ARGUMENT: the
 * program's arguments, with its name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define HANDED_OPTION "--handed-over"
#define TRACER_NAME "privmap-trace" /* in /proc/PID/comm */
#define HANDED_OUT "privmap: handed over"

enum { HANDED_FIRST = 6 }; /* the first VARIABLE */

/* Whether entry begins with start. Uses no libc, because the launcher has none. */
static inline bool handed_begins(const char *entry, const char *start)
{
	while (*start && *entry == *start)
		entry++, start++;
	return !*start;
}

/* Variables that the dynamic linker and libc would read in privmap. */
static inline bool handed_acts_on_privmap(const char *entry)
{
	return handed_begins(entry, "LD_") || handed_begins(entry, "GLIBC_TUNABLES=");
}

/* Moves at most `most` of these from an environment to hidden. Returns how many. */
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

/* Undoes handed_hide(). */
static inline void handed_show(char **envp, char **hidden)
{
	for (; *envp; envp++)
		if (handed_begins(*envp, HANDED_OUT) && !(*envp)[sizeof(HANDED_OUT) - 1])
			*envp = *hidden++;
}
