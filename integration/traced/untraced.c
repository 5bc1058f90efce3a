/* SPDX-License-Identifier: MIT */
/*
 * traced/untraced FILE: a child that is made with CLONE_UNTRACED, which asks the kernel not to
 * trace it, maps FILE.
 */
#include "traced.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static char stack[64 * 1024];

static int child(void *name)
{
	int error = map_and_look(name);

	printf("%s\n", error ? strerror(error) : "mapped");
	fflush(stdout); /* it ends by _exit(2) */
	return error != 0;
}

int main(int argc, char **argv)
{
	int status;

	if (argc != 2 || clone(child, stack + sizeof(stack), CLONE_UNTRACED | SIGCHLD, argv[1]) < 0)
		return 2;
	return wait(&status) < 0 || status;
}
