/* SPDX-License-Identifier: MIT */
/*
 * traced/again TIMES FILE...: maps and unmaps each file so many times, one after the other; then
 * prints "running" and waits until it is killed.
 */
#include "traced.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	for (int times = atoi(argv[1]); times > 0; times--)
		for (int i = 2; i < argc; i++)
			if (map_and_look(argv[i]))
				return 3;
	puts("running");
	fflush(stdout);
	for (;;)
		pause();
}
