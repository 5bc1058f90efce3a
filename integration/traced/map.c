/* SPDX-License-Identifier: MIT */
/*
 * traced/map FILE...: maps each file and says what came of it.
 */
#include "traced.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		int error = map_and_look(argv[i]);

		printf("%s: %s\n", strrchr(argv[i], '/') + 1, error ? strerror(error) : "mapped");
		status |= error != 0;
	}
	return status;
}
