/* SPDX-License-Identifier: MIT */
/*
 * The ways to start a program, called like a program does: by names that a preloaded library can
 * interpose.
 */
#include "execs.h"

#include <spawn.h>
#include <sys/syscall.h>

static int by_execve(const struct order *order, pid_t *pid)
{
	(void)pid;
	execve(order->file, order->argv, order->envp);
	return errno;
}

static int by_execv(const struct order *order, pid_t *pid)
{
	(void)pid;
	environ = order->envp;
	execv(order->file, order->argv);
	return errno;
}

static int by_execvp(const struct order *order, pid_t *pid)
{
	(void)pid;
	environ = order->envp;
	execvp(order->file, order->argv);
	return errno;
}

static int by_execvpe(const struct order *order, pid_t *pid)
{
	(void)pid;
	environ = order->envp; /* the PATH that counts */
	execvpe(order->file, order->argv, order->envp);
	return errno;
}

/* The three functions below get at most four arguments. */
static char *word(const struct order *order, int number)
{
	for (int i = 0; i < number; i++)
		if (!order->argv[i])
			return NULL;
	return order->argv[number];
}

static int by_execl(const struct order *order, pid_t *pid)
{
	(void)pid;
	environ = order->envp;
	execl(order->file, word(order, 0), word(order, 1), word(order, 2), word(order, 3), NULL);
	return errno;
}

static int by_execlp(const struct order *order, pid_t *pid)
{
	(void)pid;
	environ = order->envp;
	execlp(order->file, word(order, 0), word(order, 1), word(order, 2), word(order, 3), NULL);
	return errno;
}

/* The environment comes after the first NULL. */
static int by_execle(const struct order *order, pid_t *pid)
{
	char **argv = order->argv, **envp = order->envp;

	(void)pid;
	if (!argv[0])
		execle(order->file, null(), envp, NULL, NULL);
	else if (!argv[1])
		execle(order->file, argv[0], NULL, envp);
	else if (!argv[2])
		execle(order->file, argv[0], argv[1], NULL, envp);
	else
		execle(order->file, argv[0], argv[1], argv[2], NULL, envp);
	return errno;
}

static int by_fexecve(const struct order *order, pid_t *pid)
{
	int fd = open(order->file, O_PATH);

	(void)pid;
	if (fd < 0)
		return errno;
	fexecve(fd, order->argv, order->envp);
	return errno;
}

static int by_execveat(const struct order *order, pid_t *pid)
{
	(void)pid;
	execveat(AT_FDCWD, order->file, order->argv, order->envp, 0);
	return errno;
}

static int by_execveat_of(const struct order *order, pid_t *pid)
{
	int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)pid;
	execveat(fd, order->file, order->argv, order->envp, 0);
	return errno;
}

static int by_execveat_empty(const struct order *order, pid_t *pid)
{
	int fd = open(order->file, O_PATH);

	(void)pid;
	if (fd < 0)
		return errno;
	execveat(fd, "", order->argv, order->envp, AT_EMPTY_PATH);
	return errno;
}

static int by_execveat_nofollow(const struct order *order, pid_t *pid)
{
	(void)pid;
	execveat(AT_FDCWD, order->file, order->argv, order->envp, AT_SYMLINK_NOFOLLOW);
	return errno;
}

static int by_spawn(const struct order *order, pid_t *pid)
{
	return posix_spawn(pid, order->file, NULL, NULL, order->argv, order->envp);
}

static int by_spawnp(const struct order *order, pid_t *pid)
{
	environ = order->envp;
	return posix_spawnp(pid, order->file, NULL, NULL, order->argv, order->envp);
}

const struct how ways[] = {
	{ "execve", by_execve },
	{ "execv", by_execv },
	{ "execvp", by_execvp },
	{ "execvpe", by_execvpe },
	{ "execl", by_execl },
	{ "execlp", by_execlp },
	{ "execle", by_execle },
	{ "fexecve", by_fexecve },
	{ "execveat", by_execveat },
	{ "execveat-of", by_execveat_of },
	{ "execveat-empty", by_execveat_empty },
	{ "execveat-nofollow", by_execveat_nofollow },
	{ "posix_spawn", by_spawn },
	{ "posix_spawnp", by_spawnp },
	{ 0 },
};
