/* SPDX-License-Identifier: MIT */
/*
 * traced/exec FILE ROUNDS: while threads map FILE, another than the first thread executes the
 * program again, ROUNDS times.
 */
#include "traced.h"

#include <pthread.h>
#include <stdio.h>

static char **arguments;

static void *map_on(void *none)
{
	for (;;)
		if (map_and_look(arguments[1]))
			_exit(1);
	return none;
}

static void *exec_soon(void *none)
{
	char rounds[16];

	usleep((useconds_t)(atoi(arguments[2]) % 7) * 300);
	snprintf(rounds, sizeof(rounds), "%d", atoi(arguments[2]) - 1);
	execl("/proc/self/exe", arguments[0], arguments[1], rounds, (char *)NULL);
	_exit(2);
	return none;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 3)
		return 2;
	arguments = argv;
	if (atoi(argv[2]) == 0)
		return map_and_look(argv[1]) ? 1 : 7;
	/* Making threads while another one executes fails with EAGAIN. */
	for (int i = 0; i < 6; i++)
		if (pthread_create(&thread, NULL, i == 3 ? exec_soon : map_on, NULL) && i <= 3)
			return 3;
	map_on(NULL);
}
