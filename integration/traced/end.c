/* SPDX-License-Identifier: MIT */
/*
 * traced/end FILE HOW: maps FILE and ends by HOW: a number is the exit status; -NUMBER a signal;
 * stop a SIGSTOP, and then 3.
 */
#include "traced.h"

#include <signal.h>

int main(int argc, char **argv)
{
	int how;

	if (argc != 3 || map_and_look(argv[1]))
		return 99;
	if (strcmp(argv[2], "stop") == 0) {
		raise(SIGSTOP);
		return map_and_look(argv[1]) ? 99 : 3;
	}
	how = atoi(argv[2]);
	if (how < 0)
		raise(-how);
	return how;
}
