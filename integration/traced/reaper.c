/* SPDX-License-Identifier: MIT */
/*
 * traced/reaper COMMAND...: adopts the orphans of COMMAND, as the first process of a container
 * does, waits for all of them, and ends like the last of them, as firejail(1) does.
 */
#include "traced.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int status = 0;
	pid_t child;

	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		return 2;
	child = fork();
	if (child == 0) {
		/* The command is no subreaper, because children do not inherit that. */
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while (wait(&status) > 0)
		;
	if (WIFSIGNALED(status))
		printf("the last one: killed by %d\n", WTERMSIG(status));
	else
		printf("the last one: exit status %d\n", WEXITSTATUS(status));
	return 0;
}
