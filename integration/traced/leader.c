/* SPDX-License-Identifier: MIT */
/*
 * traced/leader FILE: its first thread ends, others map on, and the last exits with 7.
 */
#include "traced.h"

#include <pthread.h>
#include <sys/syscall.h>

static char *file;

static void *map_on(void *last)
{
	usleep(50000);
	for (int i = 0; i < 200; i++)
		if (map_and_look(file))
			_exit(1);
	if (last) {
		usleep(200000);
		exit(map_and_look(file) ? 1 : 7);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 2)
		return 2;
	file = argv[1];
	for (int i = 0; i < 4; i++)
		if (pthread_create(&thread, NULL, map_on, i == 3 ? file : NULL))
			return 3;
	syscall(SYS_exit, 0);
}
