/* SPDX-License-Identifier: MIT */
/*
 * traced/continued FILE: maps FILE, and waits for input in read(2); a child stops it there by
 * SIGSTOP, continues it, and then writes. Prints what it has read.
 */
#include "traced.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* Waits until the process is in one of these states (proc(5)). */
static void wait_for(pid_t process, const char *states)
{
	char name[40], line[256] = "";
	const char *state;

	snprintf(name, sizeof(name), "/proc/%d/stat", process);
	do {
		FILE *file = fopen(name, "re");

		if (!file || !fgets(line, sizeof(line), file))
			_exit(10);
		fclose(file);
		state = strrchr(line, ')');
		usleep(1000);
	} while (!state || !strchr(states, state[2]));
}

static void stop_and_continue(pid_t process)
{
	wait_for(process, "S");
	kill(process, SIGSTOP);
	wait_for(process, "Tt");
	kill(process, SIGCONT);
	wait_for(process, "S");
}

int main(int argc, char **argv)
{
	char buffer[8] = "";
	pid_t parent = getpid(), child;
	int ends[2], status;
	ssize_t size;

	if (argc != 2 || map_and_look(argv[1]) || pipe(ends))
		return 2;
	child = fork();
	if (child == 0) {
		stop_and_continue(parent);
		_exit(write(ends[1], "input", 5) == 5 ? 0 : 11);
	}
	size = read(ends[0], buffer, sizeof(buffer));
	printf("read %zd: %.5s\n", size, buffer);
	fflush(stdout);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 3;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}
