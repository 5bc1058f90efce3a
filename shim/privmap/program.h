/* SPDX-License-Identifier: MIT */
/*
 * From a command's name to the ELF file behind it: through PATH, symbolic links and "#!".
 */
#pragma once

#include "elf-look.h"

#include <limits.h>

struct program {
	char path[PATH_MAX];	    /* the ELF file */
	char script[PATH_MAX];	    /* the text that it is to run; "": none */
	char interpreter[PATH_MAX]; /* of a script, or a dynamic linker, that cannot be run; "" */
	int error;		    /* why */
	struct elf elf;
	int fd; /* open for reading; -1 if that cannot be, or if it is no ELF file after all */
};

/*
 * Finds what execvp(3) would run for name. 0, ENOENT: not found, or else found but not to be run
 * (EACCES, ELOOP, ENOTDIR...). A script's interpreter is followed as the kernel does, and so is
 * `#!/usr/bin/env NAME`; a text without "#!" is run by /bin/sh, as execvp(3) does. Where a script
 * leads nowhere, fd is -1. The kernel has the last word on that, and on interpreters.
 */
int find_program(const char *name, struct program *program);
