/* SPDX-License-Identifier: MIT */
/*
 * Finds the ELF file that a command runs: through PATH, symbolic links and "#!".
 */
#pragma once

#include "elf-look.h"

#include <limits.h>

struct program {
	char path[PATH_MAX];	    /* the ELF file */
	char script[PATH_MAX];	    /* the script that it is to run; "": none */
	char interpreter[PATH_MAX]; /* of a script, or dynamic linker, if it cannot be run */
	int error;		    /* why interpreter cannot be run */
	struct elf elf;
	int fd; /* path, open for reading; -1 if that fails, or if it is no ELF file */
};

/*
 * Finds the file that execvp(3) would run for name. Returns 0; ENOENT if there is none; or another
 * errno if it cannot be run (EACCES, ELOOP, ENOTDIR...). Follows the interpreters of scripts as the
 * kernel does, and `#!/usr/bin/env NAME`; /bin/sh runs a text without "#!", as with execvp(3). If a
 * script leads nowhere, fd is -1. The kernel decides about that in the end, and about interpreters.
 */
int find_program(const char *name, struct program *program);
