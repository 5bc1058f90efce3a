/* SPDX-License-Identifier: MIT */
/*
 * traced/cut FILE HOW: ends while one of its threads maps FILE, which takes long: by exit (5), kill
 * (SIGKILL), or exec (of itself, which then exits with 7).
 */
#include "traced.h"

#include <pthread.h>
#include <signal.h>

static char *file;

static void *map_slowly(void *none)
{
	map_and_look(file);
	return none;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 3)
		return argc == 2 ? 7 : 2;
	file = argv[1];
	for (int i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, map_slowly, NULL))
			return 3;
	usleep(100000);
	if (strcmp(argv[2], "kill") == 0)
		kill(getpid(), SIGKILL);
	if (strcmp(argv[2], "exec") == 0)
		execl("/proc/self/exe", argv[0], "ended", (char *)NULL);
	return 5;
}
