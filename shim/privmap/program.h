/* SPDX-License-Identifier: MIT */
/*
 * From a command's name to the ELF file behind it: through PATH, symbolic links and "#!".
 */
#pragma once

#include "elf-look.h"

#include <limits.h>

struct program {
	char path[PATH_MAX]; /* the ELF file */
	struct elf elf;
	int fd; /* open for reading; -1 if that cannot be, or if it is no ELF file after all */
};

/*
 * Finds what execvp(3) would run for name. 0, ENOENT: not found, or else found but not to be run
 * (EACCES, ELOOP, ENOTDIR...). A script's interpreter is followed as the kernel does, and so is
 * `#!/usr/bin/env NAME`; a text without "#!" is run by /bin/sh, as execvp(3) does. Where a script
 * leads nowhere, fd is -1: whoever runs it will hear from the kernel what is wrong.
 */
int find_program(const char *name, struct program *program);
