/* SPDX-License-Identifier: MIT */
/*
 * Runs a program and reads what it prints.
 */
#include "spawn.h"

#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Other programs shall not be served, or put into words of another language. */
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

/* Up to a NUL: what it prints is text. */
static const char *read_all(int fd)
{
	FILE *stream = fdopen(fd, "r");
	char *bytes = NULL;
	size_t room = 0;
	bool any;

	if (!stream)
		cli_fail("%s", strerror(errno));
	any = getdelim(&bytes, &room, '\0', stream) > 0;
	fclose(stream);
	return any ? bytes : "";
}

static int start(pid_t *child, const char *const argv[], int output)
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
	error = posix_spawnp(child, argv[0], &actions, &attributes, (char *const *)argv,
			     plain_environment());
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int spawn(const char *const argv[], const char **output)
{
	int pipes[2], status, error;
	pid_t child;

	*output = "";
	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	error = start(&child, argv, pipes[1]);
	close(pipes[1]);
	if (error) {
		close(pipes[0]);
		errno = error;
		return -1;
	}
	*output = read_all(pipes[0]);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
