/* SPDX-License-Identifier: MIT */
/*
 * Where libprivmap.so lies, seen from the command; and LD_PRELOAD with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The directory of libprivmap.so: the command's own (a build tree), ../lib beside it (an
 * installed PREFIX, also when it was moved), or the one it was built for. False if it is in none.
 */
bool library_directory(char *directory, size_t size);

/*
 * The value of LD_PRELOAD that loads what lies in directory before what old (NULL: nothing) loads:
 * libprivmap.so, and with children libprivmap-exec.so where it is. Fails where directory's name
 * holds a blank or a colon, which LD_PRELOAD cannot express. Never given back.
 */
char *preload_value(const char *directory, bool children, const char *old);

/*
 * Takes privmap's libraries out of LD_PRELOAD of this process: what is traced must not be served,
 * and counted, by both.
 */
void preload_forget(void);

/* The options of a sanitizer's runtime (preload-list.h) for old (NULL: not set). The same. */
char *sanitizer_options(const char *option, const char *old);
