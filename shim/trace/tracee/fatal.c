/* SPDX-License-Identifier: MIT */
/*
 * A fault kills the first process of a pid namespace, although a sent signal does not. The kernel
 * makes no such exception while the thread is traced (force_sig_info_to_task(), kernel/signal.c):
 * the thread repeats the instruction, and faults again.
 */
#include "fatal.h"

#include "tracees.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>

/* Whether the thread is one of the first process's. */
static bool is_first(const struct keyed *status)
{
	const char *line = strstr(status->text, "\nNStgid:");
	const char *end = line ? strchr(line + 1, '\n') : NULL;

	return end && end - line > 2 && strncmp(end - 2, "\t1", 2) == 0;
}

static bool is_caught(const struct keyed *status, int signal)
{
	return keyed_number(status, "\nSigCgt:", 16, 0) >> (signal - 1) & 1;
}

bool fatal_repeats(pid_t thread, int signal)
{
	struct keyed status;
	siginfo_t info;
	char name[40];

	if ((signal != SIGSEGV && signal != SIGBUS && signal != SIGILL && signal != SIGFPE) ||
	    ptrace(PTRACE_GETSIGINFO, thread, NULL, &info) || info.si_code <= 0)
		return false;
	snprintf(name, sizeof(name), "/proc/%d/status", thread);
	return keyed_read(&status, name) && is_first(&status) && !is_caught(&status, signal);
}
