/* SPDX-License-Identifier: MIT */
/*
 * traced/map [--private] [--thread] FILE...: maps each file and prints the outcome. --thread: while
 * another thread waits.
 */
#include "traced.h"

#include <pthread.h>
#include <stdio.h>

static void *wait_on(void *none)
{
	pause();
	return none;
}

int main(int argc, char **argv)
{
	bool private = argc > 1 && strcmp(argv[1], "--private") == 0;
	bool beside = argc > 1 + private && strcmp(argv[1 + private], "--thread") == 0;
	int status = 0;
	pthread_t other;

	if (beside && pthread_create(&other, NULL, wait_on, NULL))
		return 2;
	for (int i = 1 + private + beside; i < argc; i++) {
		int error = map_and_look_as(argv[i], private ? MAP_PRIVATE : MAP_SHARED);

		printf("%s: %s\n", strrchr(argv[i], '/') + 1, error ? strerror(error) : "mapped");
		status |= error != 0;
	}
	return status;
}
