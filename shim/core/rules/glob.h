/* SPDX-License-Identifier: MIT */
/*
 * fnmatch(3) without flags, in the C locale: '*' and '?' match '/' too, "[a-z]", "[!a]",
 * "[[:alpha:]]", '\' quotes. Rules are matched inside hooks, and libc's fnmatch() may allocate and
 * needs kilobytes of stack in a UTF-8 locale.
 */
#pragma once

#include <stdbool.h>

/*
 * True if the whole of text matches pattern; bytes, not characters. No recursion. Takes at most
 * strlen(pattern) * (strlen(text) + 1) steps.
 */
bool glob_matches(const char *pattern, const char *text);
