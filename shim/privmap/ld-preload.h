/* SPDX-License-Identifier: MIT */
/*
 * Where libprivmap.so lies, as seen from the command, and the LD_PRELOAD that loads it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds the directory of libprivmap.so: that of the command (a build tree), ../lib from there (an
 * installed PREFIX, even a moved one), or the one that the command was built for. False if it is in
 * none of these.
 */
bool library_directory(char *directory, size_t size);

/*
 * Returns the value of LD_PRELOAD that loads libprivmap.so from directory, and with children
 * libprivmap-exec.so if it exists, before the libraries in old (NULL: none). Ends the command if
 * directory has a blank or a colon in its name, which LD_PRELOAD cannot express. Nobody frees it.
 */
char *preload_value(const char *directory, bool children, const char *old);

/*
 * Removes privmap's libraries from LD_PRELOAD of this process: else both engines would serve and
 * count a traced program.
 */
void preload_forget(void);

/*
 * Returns old (NULL: not set) with an option for a sanitizer's runtime added (preload-list.h).
 * Nobody frees it.
 */
char *sanitizer_options(const char *option, const char *old);
