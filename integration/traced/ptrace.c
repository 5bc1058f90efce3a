/* SPDX-License-Identifier: MIT */
/*
 * traced/ptrace: tries to trace a child, by PTRACE_TRACEME and PTRACE_SEIZE, and prints the
 * results.
 */
#include "traced.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static const char *outcome(long result)
{
	return result < 0 ? strerror(errno) : "done";
}

int main(void)
{
	pid_t child = fork();

	if (child == 0) {
		printf("TRACEME: %s\n", outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	printf("SEIZE: %s\n", outcome(ptrace(PTRACE_SEIZE, child, NULL, NULL)));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
