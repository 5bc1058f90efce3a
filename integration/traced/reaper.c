/* SPDX-License-Identifier: MIT */
/*
 * traced/reaper COMMAND...: adopts whatever COMMAND leaves behind, as the first process of a
 * container does, waits for all of them, and ends as firejail(1) does: as the last of them.
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
		/* The command is no subreaper: that is not handed down. */
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
