/* SPDX-License-Identifier: MIT */
/*
 * The program's name, for rules that ask for it. Apart from the rest, because its room would lie
 * between variables that each start writes (Makefile).
 */
#include "engine.h"
#include "kernel.h"

#include <limits.h>

/* Only the constructor writes it, before any hook reads it. */
static char program_path[PATH_MAX];

const char *engine_program(void)
{
	return program_path[0] ? program_path : NULL;
}

void engine_know_program(void)
{
	/*
	 * The first does not work after the main thread has ended. Under proot the second gives
	 * proot itself.
	 */
	static const char *const names[] = { "/proc/self/exe", "/proc/thread-self/exe" };
	word length = -1;

	for (int i = 0; i < 2 && length < 0; i++)
		length = kernel_readlink(names[i], program_path, sizeof(program_path) - 1);
	program_path[length < 0 ? 0 : length] = '\0';
}
