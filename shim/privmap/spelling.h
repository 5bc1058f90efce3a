/* SPDX-License-Identifier: MIT */
/*
 * For words that a command does not know: what the user probably meant, and what is wrong with an
 * option.
 */
#pragma once

#include <getopt.h>
#include <stddef.h>

/*
 * Returns "; did you mean 'doctor'?", or "" if no word is near. words ends with NULL; prefix comes
 * before the suggested word ("--" or "").
 */
const char *spelling_hint(const char *word, const char *const words[], const char *prefix);

/*
 * Returns a message about a wrong option; nobody frees it. answer is '?' or ':', from
 * getopt_long(3) that was called with opterr 0 and a ':' before its letters.
 */
const char *spelling_of_option(int answer, char **argv, const struct option *options);
