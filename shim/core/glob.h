/* SPDX-License-Identifier: MIT */
/*
 * fnmatch(3) without flags, in the C locale: '*' and '?' match '/' too, "[a-z]", "[!a]",
 * "[[:alpha:]]", '\' quotes. Our own because libc's may allocate and needs kilobytes of stack in
 * a UTF-8 locale, and rules are matched inside hooks.
 */
#pragma once

#include <stdbool.h>

/* True if the whole of text matches pattern; bytes, not characters. Never more steps than
 * strlen(pattern) * (strlen(text) + 1), no recursion. */
bool glob_matches(const char *pattern, const char *text);
