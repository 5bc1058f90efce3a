/* SPDX-License-Identifier: MIT */
/*
 * Children and threads for the cases of the conformance suite.
 */
#include "children.h"

#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

const char *wait_end(pid_t pid)
{
	int status;
	pid_t got;

	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	MUST(pid > 0 && got == pid);
	return ended(status);
}

const char *in_child(void (*run)(void *), void *argument)
{
	pid_t pid = fork();

	if (pid == 0) {
		run(argument);
		_exit(0);
	}
	return wait_end(pid);
}

static pid_t spawn(char *const *arguments, int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	MUST(posix_spawn_file_actions_init(&actions) == 0);
	MUST(posix_spawn_file_actions_adddup2(&actions, out, 1) == 0);
	MUST(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, environ) == 0);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void execute(char *const *arguments, int out)
{
	if (dup2(out, 1) == 1)
		execv("/proc/self/exe", arguments);
	_exit(99);
}

/* A separate function, because the child may overwrite the frame of a vfork(). */
static __attribute__((noinline)) pid_t execute_by_vfork(char *const *arguments, int out)
{
	pid_t pid = vfork();

	if (pid == 0)
		execute(arguments, out);
	return pid;
}

void exec_again(enum way way, const char *name, const char *argument)
{
	char *const arguments[] = { (char *)(uintptr_t)"conform", (char *)(uintptr_t)"--again",
				    (char *)(uintptr_t)name, (char *)(uintptr_t)argument, NULL };
	char line[1024];
	int ends[2];
	FILE *lines;
	pid_t pid;

	MUST(pipe2(ends, O_CLOEXEC) == 0);
	if (way == BY_SPAWN) {
		pid = spawn(arguments, ends[1]);
	} else if (way == BY_VFORK) {
		pid = execute_by_vfork(arguments, ends[1]);
	} else {
		pid = fork();
		if (pid == 0)
			execute(arguments, ends[1]);
	}
	MUST(close(ends[1]) == 0);
	lines = fdopen(ends[0], "r");
	MUST(lines);
	while (fgets(line, sizeof(line), lines)) {
		line[strcspn(line, "\n")] = '\0';
		answer("executed: %s", line);
	}
	fclose(lines);
	answer("executed: %s", wait_end(pid));
}

size_t in_threads(size_t count, void *(*run)(void *))
{
	pthread_t threads[8];
	size_t sum = 0;

	MUST(count <= 8);
	for (size_t i = 0; i < count; i++)
		MUST(pthread_create(&threads[i], NULL, run, (void *)(10 * i)) == 0);
	for (size_t i = 0; i < count; i++) {
		void *more;

		MUST(pthread_join(threads[i], &more) == 0);
		sum += (size_t)more;
	}
	return sum;
}

const char *descriptors(void)
{
	static char text[512];
	size_t used = 0;

	text[0] = '\0';
	for (int fd = 0; fd < 2048 && used < sizeof(text) - 8; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%d",
						 used ? " " : "", fd);
	return text;
}

bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	answer("only root can run this");
	return false;
}
