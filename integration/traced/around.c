/* SPDX-License-Identifier: MIT */
/*
 * traced/around FILE TIMES: maps FILE and keeps that, then maps and unmaps it TIMES times. That
 * takes more addresses than the window has: the tracer begins again, around the kept mapping.
 * Prints the number of its filters at the end.
 */
#include "traced.h"

#include <stdio.h>

static bool is_denied(char *map)
{
	return mprotect(map, LOOK, PROT_READ | PROT_WRITE) && errno == EACCES;
}

int main(int argc, char **argv)
{
	size_t size = 0;
	char line[256], *kept;
	FILE *status;

	if (argc != 3)
		return 2;
	kept = map_whole(argv[1], &size);
	if (kept == MAP_FAILED)
		return 3;
	for (int times = atoi(argv[2]); times > 0; times--) {
		char *map = map_whole(argv[1], &size);

		if (map == MAP_FAILED || !is_denied(map) || munmap(map, size))
			return 4;
	}
	if (!is_denied(kept))
		return 5;
	status = fopen("/proc/self/status", "r");
	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "Seccomp_filters:", 16) == 0)
			printf("%d\n", atoi(line + 16));
	return 0;
}
