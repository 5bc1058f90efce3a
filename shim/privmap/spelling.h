/* SPDX-License-Identifier: MIT */
/*
 * Words that a command does not know: what was probably meant, and what is wrong with an option.
 */
#pragma once

#include <getopt.h>
#include <stddef.h>

/*
 * "; did you mean 'doctor'?", or "" if no word is near. words ends with NULL; prefix stands before
 * the word that is meant ("--" or "").
 */
const char *spelling_hint(const char *word, const char *const words[], const char *prefix);

/*
 * getopt_long(3), called with opterr 0 and a ':' in front of its letters, returned '?' or ':'. What
 * is wrong, as a message; never to be given back.
 */
const char *spelling_of_option(int answer, char **argv, const struct option *options);
