/*
 * From a command's name to the ELF file behind it: through PATH, symbolic links and "#!".
 */
#ifndef PRIVMAP_FIND_H
#define PRIVMAP_FIND_H

#include "elf.h"

#include <limits.h>

struct program {
	char path[PATH_MAX]; /* the ELF file */
	struct elf elf;
	int fd; /* open for reading; -1 if it may be run but not read */
};

/*
 * Finds what execvp(3) would run for name. 0, ENOENT or ENOTDIR: not found, else (EACCES, EISDIR,
 * ENOEXEC...) found but not to be run. A script's interpreter is followed as the kernel does,
 * and so is `#!/usr/bin/env NAME`; a text without "#!" is run by /bin/sh, as execvp(3) does.
 */
int find_program(const char *name, struct program *program);

#endif
