/* SPDX-License-Identifier: MIT */
/*
 * traced/map [--private] FILE...: maps each file and prints the outcome.
 */
#include "traced.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	bool private = argc > 1 && strcmp(argv[1], "--private") == 0;
	int status = 0;

	for (int i = 1 + private; i < argc; i++) {
		int error = map_and_look_as(argv[i], private ? MAP_PRIVATE : MAP_SHARED);

		printf("%s: %s\n", strrchr(argv[i], '/') + 1, error ? strerror(error) : "mapped");
		status |= error != 0;
	}
	return status;
}
