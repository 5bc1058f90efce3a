/* SPDX-License-Identifier: MIT */
/*
 * traced/spawn FILE: makes a child in each way there is, before and after it maps FILE itself; each
 * child maps FILE. Prints what each of them came to.
 */
#include "traced.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static char *file;
static char self[4096];
static char *held; /* a mapping of the file's, in parents and children */

/* In each child: its parent's mapping is there, cannot be written to, and one of its own works. */
static int child(void *none)
{
	(void)none;
	if (held && (held[0] != file[strlen(file) - 1] ||
		     mprotect(held, 4096, PROT_READ | PROT_WRITE) == 0 || errno != EACCES))
		_exit(50);
	_exit(map_and_look(file) ? 51 : 7);
}

static pid_t by_fork(void)
{
	pid_t made = fork();

	if (made == 0)
		child(NULL);
	return made;
}

static void exec_map(void)
{
	execl(self, self, "map", file, (char *)NULL);
	_exit(52);
}

static pid_t by_fork_exec(void)
{
	pid_t made = fork();

	if (made == 0)
		exec_map();
	return made;
}

static pid_t by_vfork(void)
{
	pid_t made = vfork();

	if (made == 0)
		exec_map();
	return made;
}

static pid_t by_spawn(void)
{
	char *arguments[] = { self, (char *)"map", file, NULL };
	pid_t made;

	return posix_spawn(&made, self, NULL, NULL, arguments, NULL) ? -1 : made;
}

static pid_t by_clone3(void)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	pid_t made = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (made == 0)
		child(NULL);
	return made;
}

static char stack[65536] __attribute__((aligned(16)));

static pid_t by_clone_vm(void)
{
	return clone(child, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
}

/* The child's child has another parent than its maker. */
static pid_t by_sibling(void)
{
	pid_t maker = fork(), made;
	int status;

	if (maker == 0) {
		made = clone(child, stack + sizeof(stack), CLONE_PARENT | SIGCHLD, NULL);
		_exit(made < 0);
	}
	/* It may end after the one it made, which is left to our caller. */
	if (waitpid(maker, &status, 0) != maker)
		return -1;
	return WEXITSTATUS(status) ? -1 : -2;
}

/* The middle one is gone before the last maps. */
static pid_t by_orphan(void)
{
	int ends[2];
	pid_t made;

	if (pipe(ends))
		return -1;
	made = fork();
	if (made == 0) {
		if (fork() == 0) {
			char result;

			while (getppid() != 1 && getppid() == made)
				usleep(1000);
			usleep(20000);
			result = map_and_look(file) == 0;
			_exit(write(ends[1], &result, 1) != 1);
		}
		_exit(7);
	}
	close(ends[1]);
	if (read(ends[0], &stack[0], 1) != 1 || !stack[0])
		return -1;
	close(ends[0]);
	return made;
}

static void *thread_of_fork(void *made)
{
	*(pid_t *)made = by_fork();
	return NULL;
}

static pid_t by_thread(void)
{
	pthread_t thread;
	pid_t made = -1;

	pthread_create(&thread, NULL, thread_of_fork, &made);
	pthread_join(thread, NULL);
	return made;
}

static const struct {
	const char *name;
	pid_t (*make)(void);
} ways[] = {
	{ "fork", by_fork },
	{ "fork and exec", by_fork_exec },
	{ "vfork", by_vfork },
	{ "posix_spawn", by_spawn },
	{ "clone3", by_clone3 },
	{ "CLONE_VM", by_clone_vm },
	{ "CLONE_PARENT", by_sibling },
	{ "orphan", by_orphan },
	{ "thread", by_thread },
};

static void try_all(void)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int status = 0;
		pid_t made, ended;

		fflush(stdout);
		made = ways[i].make();
		ended = made == -1 ? -1 : waitpid(made == -2 ? -1 : made, &status, 0);
		printf("%s: %s, %d\n", ways[i].name,
		       ended > 0 && (made < 0 || ended == made) ? "made" : "not made",
		       WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	}
}

int main(int argc, char **argv)
{
	size_t size = 0;

	if (argc == 3 && strcmp(argv[1], "map") == 0)
		return map_and_look(argv[2]) ? 53 : 7;
	file = argv[1];
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 2;
	try_all();
	held = map_whole(file, &size);
	if (held == MAP_FAILED)
		return 1;
	try_all();
	printf("left: %s\n", waitpid(-1, NULL, 0) < 0 ? strerror(errno) : "a child");
	return 0;
}
