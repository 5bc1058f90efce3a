/* SPDX-License-Identifier: MIT */
/*
 * traced/daemon FILE RESULT: starts a daemon and ends at once. When there is a file RESULT.go the
 * daemon maps FILE and writes to RESULT what came of it.
 */
#include "traced.h"

#include <stdio.h>

/* For 20 seconds. */
static void wait_for(const char *name)
{
	for (int i = 0; i < 2000 && access(name, F_OK); i++)
		usleep(10000);
}

int main(int argc, char **argv)
{
	char go[4096];
	FILE *result;
	int error;

	if (argc != 3)
		return 2;
	if (map_and_look(argv[1]))
		return 1;
	if (daemon(0, 0))
		return 1;
	snprintf(go, sizeof(go), "%s.go", argv[2]);
	wait_for(go);
	error = map_and_look(argv[1]);
	result = fopen(argv[2], "we");
	if (!result)
		return 1;
	fputs(error ? strerror(error) : "mapped", result);
	return fclose(result);
}
