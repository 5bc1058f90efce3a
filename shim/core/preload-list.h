/* SPDX-License-Identifier: MIT */
/*
 * Values of the variables that bring libraries into programs, and that their runtimes read.
 */
#pragma once

#include <stdbool.h>

/*
 * A value of LD_PRELOAD. libraries, words with a ':' between them, are in front of what old loads
 * beside; a sanitizer's runtime in old stays first, as it insists. Written to value, which has
 * strlen(libraries) + strlen(old) + 2 bytes; returns its end.
 */
char *preload_list(char *value, const char *libraries, const char *old);

/* The same without privmap's libraries, wherever they lie. value has strlen(old) + 1 bytes. */
char *preload_list_without(char *value, const char *old);

/* Whether all of libraries are in list. */
bool preload_list_holds(const char *list, const char *libraries);

/*
 * The options of a sanitizer's runtime. AddressSanitizer's ends programs in which a library stands
 * before it, unless ASAN_OPTIONS has ASAN_OPTION; LeakSanitizer's those that are traced, unless
 * LSAN_OPTIONS has LSAN_OPTION. Both are nothing to other programs.
 */
#define ASAN_OPTION "verify_asan_link_order=0"
#define LSAN_OPTION "detect_leaks=0"

/* Whether options, as "NAME=VALUE:...", say something of option's NAME. */
bool sanitizer_says(const char *options, const char *option);

/* option behind options. value has strlen(option) + strlen(options) + 2 bytes; returns its end. */
char *sanitizer_list(char *value, const char *option, const char *options);
