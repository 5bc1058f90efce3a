/* SPDX-License-Identifier: MIT */
/*
 * traced/daemon FILE RESULT: starts a daemon and ends at once. When the file RESULT.go exists, the
 * daemon maps FILE and writes the outcome to RESULT.
 */
#include "traced.h"

#include <stdio.h>

/* Waits for 20 seconds at most. */
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
	/* Not by daemon(0, 0), which needs /dev/null. */
	if (daemon(0, 1) || close(STDIN_FILENO) || close(STDOUT_FILENO) || close(STDERR_FILENO))
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
