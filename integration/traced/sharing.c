/* SPDX-License-Identifier: MIT */
/*
 * traced/sharing FILE: a child with its maker's memory (CLONE_VM) maps FILE. The maker has this
 * mapping, too, and must not make it writable.
 */
#include "traced.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static char stack[64 * 1024];
static void *map;

__attribute__((noreturn)) static int child(void *name)
{
	size_t size;

	map = map_whole(name, &size);
	_exit(map == MAP_FAILED);
}

static pid_t by_clone(char *name)
{
	return clone(child, stack + sizeof(stack), CLONE_VM | SIGCHLD, name);
}

static pid_t by_vfork(char *name)
{
	pid_t made = vfork();

	if (made == 0)
		child(name);
	return made;
}

static void try(const char *what, pid_t (*make)(char *), char *name)
{
	pid_t made = make(name);
	int status = -1;

	if (made < 0 || waitpid(made, &status, 0) != made || status)
		printf("%s: not mapped\n", what);
	else
		printf("%s: %s\n", what,
		       mprotect(map, 4096, PROT_READ | PROT_WRITE) ? strerror(errno) : "writable");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	try("clone", by_clone, argv[1]);
	try("vfork", by_vfork, argv[1]);
	return 0;
}
