/* SPDX-License-Identifier: MIT */
/*
 * traced/crowd FILE: makes as many children as RLIMIT_NPROC allows, and maps FILE then. Prints the
 * outcome.
 */
#include "traced.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum { MOST = 64 };

int main(int argc, char **argv)
{
	pid_t children[MOST];
	int count = 0, error;

	while (count < MOST && (children[count] = fork()) >= 0) {
		if (!children[count])
			for (;;)
				pause();
		count++;
	}
	error = argc == 2 && count < MOST ? map_and_look(argv[1]) : EINVAL;
	printf("%s\n", error ? strerror(error) : "mapped");
	while (count > 0) {
		kill(children[--count], SIGKILL);
		waitpid(children[count], NULL, 0);
	}
	return error != 0;
}
