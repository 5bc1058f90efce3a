/* SPDX-License-Identifier: MIT */
/*
 * Values for LD_PRELOAD, and for the variables that the runtimes of sanitizers read.
 */
#pragma once

#include <stdbool.h>

/*
 * Writes a value of LD_PRELOAD to value, which has strlen(libraries) + strlen(old) + 2 bytes;
 * returns its end. libraries, words with a ':' between them, precede the other words of old. Only
 * the runtimes of sanitizers in old stay before them, because these insist on being first.
 */
char *preload_list(char *value, const char *libraries, const char *old);

/* Writes old without privmap's libraries of any directory. value has strlen(old) + 1 bytes. */
char *preload_list_without(char *value, const char *old);

/* Whether all of libraries are in list. */
bool preload_list_holds(const char *list, const char *libraries);

/*
 * Options for the runtimes of sanitizers. AddressSanitizer ends programs in which a library comes
 * before it, unless ASAN_OPTIONS has ASAN_OPTION. LeakSanitizer ends programs that are traced,
 * unless LSAN_OPTIONS has LSAN_OPTION. Other programs ignore both.
 */
#define ASAN_OPTION "verify_asan_link_order=0"
#define LSAN_OPTION "detect_leaks=0"

/* Whether options, "NAME=VALUE:...", set the NAME of option to any value. */
bool sanitizer_says(const char *options, const char *option);

/* Writes options and option to value, of the sum of their lengths + 2 bytes; returns its end. */
char *sanitizer_list(char *value, const char *option, const char *options);
