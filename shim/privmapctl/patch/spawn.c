/* SPDX-License-Identifier: MIT */
/*
 * Runs a program and reads what it prints.
 */
#include "spawn.h"

#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/*
 * The environment for other programs: privmap must not serve them, and their output must not be
 * translated.
 */
static char **plain_environment(void)
{
	size_t count = 0, kept = 0;
	char **plain;

	while (environ[count])
		count++;
	plain = cli_memory((count + 2) * sizeof(*plain));
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "LD_", 3) != 0 && strncmp(environ[i], "PRIVMAP_", 8) != 0 &&
		    strncmp(environ[i], "LC_ALL=", 7) != 0)
			plain[kept++] = environ[i];
	plain[kept++] = cli_text("LC_ALL=C");
	plain[kept] = NULL;
	return plain;
}

enum { FOREVER = -1, PIECE = 4096, OUTPUT_MOST = 1 << 24 };

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/*
 * Reads text, and ends it by a NUL. False if the program does not end in time, or prints too much.
 */
static bool read_all(int fd, int seconds, const char **output)
{
	int64_t end = now() + (int64_t)seconds * 1000;
	char *bytes = cli_memory(PIECE);
	size_t have = 0, room = PIECE;
	ssize_t count;

	for (;;) {
		struct pollfd polled = { .fd = fd, .events = POLLIN };
		int64_t left = end - now();

		if (room - have < PIECE)
			bytes = cli_made(realloc(bytes, room *= 2));
		bytes[have] = '\0';
		*output = bytes;
		if (seconds != FOREVER &&
		    (left <= 0 || have > OUTPUT_MOST || poll(&polled, 1, (int)left) == 0))
			return false;
		count = read(fd, bytes + have, room - have - 1);
		if (count == 0 || (count < 0 && errno != EINTR))
			return true;
		if (count > 0)
			have += (size_t)count;
	}
}

static int start(pid_t *child, const char *file, const char *const argv[], int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	error = posix_spawnp(child, file, &actions, &attributes, (char *const *)argv,
			     plain_environment());
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int spawn(const char *const argv[], const char **output)
{
	return spawn_for(argv[0], argv, FOREVER, output);
}

int spawn_for(const char *file, const char *const argv[], int seconds, const char **output)
{
	int pipes[2], status, error;
	bool ended;
	pid_t child;

	*output = "";
	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	error = start(&child, file, argv, pipes[1]);
	close(pipes[1]);
	if (error) {
		close(pipes[0]);
		errno = error;
		return -1;
	}
	ended = read_all(pipes[0], seconds, output);
	close(pipes[0]);
	if (!ended)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (!ended) {
		errno = ETIME;
		return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
