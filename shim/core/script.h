/* SPDX-License-Identifier: MIT */
/*
 * The first line of a script, as the kernel reads it (fs/binfmt_script.c).
 */
#pragma once

#include <stddef.h>

enum {
	SCRIPT_LINE = 255, /* BINPRM_BUF_SIZE less its NUL */
	SCRIPT_DEPTH = 5,  /* fs/exec.c: "#!" of a "#!" and so on, then ELOOP */
};

/*
 * The interpreter that "#!" in start names, ended there; NULL: there is no "#!". start holds the
 * first count bytes of a file, up to SCRIPT_LINE, and room for one more. arguments, unless NULL,
 * becomes what stands behind the name.
 */
char *script_interpreter(char *start, size_t count, char **arguments);
