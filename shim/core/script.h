/* SPDX-License-Identifier: MIT */
/*
 * The first line of a script, as the kernel reads it (fs/binfmt_script.c).
 */
#pragma once

#include <stddef.h>

enum {
	SCRIPT_LINE = 255, /* BINPRM_BUF_SIZE less its NUL */
	SCRIPT_DEPTH = 5,  /* fs/exec.c: scripts that may interpret one another; more are ELOOP */
};

/*
 * The interpreter that "#!" names, as a string within start; NULL: there is no "#!". start has the
 * first count bytes of a file, up to SCRIPT_LINE, and room for one more. *arguments, unless
 * arguments is NULL, becomes the text after the name.
 */
char *script_interpreter(char *start, size_t count, char **arguments);
