/* SPDX-License-Identifier: MIT */
/*
 * traced/siblings FILE COUNT: processes that have FILE mapped make children with CLONE_PARENT.
 * These try to make the mapping writable at once, which must fail as in their makers: they have the
 * maker's memory, though the maker is not their parent.
 */
#include "traced.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum { AT_ONCE = 16, REFUSED = 7 };

static char stack[64 * 1024];
static void *map;

static int sibling(void *none)
{
	(void)none;
	_exit(mprotect(map, 4096, PROT_READ | PROT_WRITE) && errno == EACCES ? REFUSED : 1);
}

static void maker(const char *name)
{
	size_t size;

	map = map_whole(name, &size);
	_exit(map == MAP_FAILED ||
	      clone(sibling, stack + sizeof(stack), CLONE_PARENT | SIGCHLD, NULL) < 0);
}

int main(int argc, char **argv)
{
	int count, made = 0, refused = 0, status;

	if (argc != 3)
		return 2;
	count = atoi(argv[2]);
	for (; made < count; made += AT_ONCE) {
		for (int i = 0; i < AT_ONCE; i++)
			if (fork() == 0)
				maker(argv[1]);
		while (wait(&status) > 0)
			if (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
				refused++;
			else if (status)
				printf("a maker or its sibling: status 0x%x\n", (unsigned)status);
	}
	printf("%d of %d refused\n", refused, made);
	return refused == made ? 0 : 1;
}
