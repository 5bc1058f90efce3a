/* SPDX-License-Identifier: MIT */
/*
 * started: prints how it is served, and its arguments and environment; exits with 3. started by
 * CALL FILE [ARG]...: runs FILE by that call of exec(3) or posix_spawn(3). If that fails, prints
 * the errno, and exits with 9. The exec closes the descriptor of fexecve.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int holds(const char *file, const char *start, const char *text)
{
	char line[512];
	FILE *lines = fopen(file, "r");
	int found = 0;

	while (lines && !found && fgets(line, sizeof(line), lines))
		found = strncmp(line, start, strlen(start)) == 0 && strstr(line, text);
	if (lines)
		fclose(lines);
	return found;
}

static int tell(char **argv)
{
	printf("%s%s\n",
	       holds("/proc/self/status", "TracerPid:", "\t0\n") ? "not traced" : "traced",
	       holds("/proc/self/maps", "", "libprivmap.so") ? ", preloaded" : "");
	printf("executed %s\n", (const char *)(unsigned long)getauxval(AT_EXECFN));
	while (*argv)
		printf("<%s> ", *argv++);
	for (int fd = 0; fd < 100; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	putchar('\n');
	for (char **entry = environ; *entry; entry++)
		puts(*entry);
	return 3;
}

static int spawned(int error, pid_t child)
{
	int status = -1;

	if (error) {
		errno = error;
		return -1;
	}
	waitpid(child, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static int run(const char *call, const char *file, char **argv)
{
	pid_t child = 0;

	if (strcmp(call, "execve") == 0)
		return execve(file, argv, environ);
	if (strcmp(call, "execv") == 0)
		return execv(file, argv);
	if (strcmp(call, "execvp") == 0)
		return execvp(file, argv);
	if (strcmp(call, "execvpe") == 0)
		return execvpe(file, argv, environ);
	if (strcmp(call, "execl") == 0)
		return execl(file, argv[0], argv[1], NULL);
	if (strcmp(call, "execlp") == 0)
		return execlp(file, argv[0], argv[1], NULL);
	if (strcmp(call, "execle") == 0)
		return execle(file, argv[0], argv[1], NULL, environ);
	if (strcmp(call, "fexecve") == 0)
		return fexecve(open(file, O_RDONLY | O_CLOEXEC), argv, environ);
	if (strcmp(call, "posix_spawn") == 0)
		return spawned(posix_spawn(&child, file, NULL, NULL, argv, environ), child);
	if (strcmp(call, "posix_spawnp") == 0)
		return spawned(posix_spawnp(&child, file, NULL, NULL, argv, environ), child);
	if (strcmp(call, "vfork") == 0) {
		child = vfork();
		if (child == 0) {
			execve(file, argv, environ);
			_exit(99);
		}
		return spawned(0, child);
	}
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	if (argc < 4 || strcmp(argv[1], "by") != 0)
		return tell(argv);
	run(argv[2], argv[3], argv + 3);
	printf("errno %d\n", errno);
	return 9;
}
