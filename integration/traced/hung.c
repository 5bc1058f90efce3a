/* SPDX-License-Identifier: MIT */
/*
 * traced/hung FILE SERVER: stops the process SERVER, which serves FILE, and starts a program whose
 * stderr is FILE. Then another child lets SERVER go on, which it can only if the new program has
 * not made all wait for SERVER.
 */
#include "traced.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum { LATER = 200 * 1000 }; /* microseconds; the tracer has heard of the exec by then */

int main(int argc, char **argv)
{
	pid_t server = argc == 3 ? (pid_t)atoi(argv[2]) : 0;
	int ends[2], file, status = 0, worst = 0;
	char byte;

	if (argc == 1)
		return puts("started") < 0;
	/* The server is told of each close(2), so exec must close no descriptor of the file. */
	file = open(argv[1], O_WRONLY | O_CREAT, 0666);
	if (file < 0 || server <= 0 || pipe2(ends, O_CLOEXEC) || kill(server, SIGSTOP))
		return 2;
	if (fork() == 0) {
		if (dup2(file, STDERR_FILENO) == STDERR_FILENO)
			execl("/proc/self/exe", "hung", (char *)NULL);
		_exit(2);
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1)) /* the end of the pipe is closed when the program starts */
		return 2;
	usleep(LATER);
	if (fork() == 0)
		_exit(kill(server, SIGCONT) != 0);
	while (wait(&status) > 0)
		worst |= status;
	printf("all ended: 0x%x\n", (unsigned)worst);
	return worst != 0;
}
