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
 * The value of LD_PRELOAD that loads library before what old (NULL: nothing) loads; library is in
 * it once. A sanitizer's runtime in old stays first, as it insists. malloc'ed; NULL if library's
 * name holds a blank or a colon, which LD_PRELOAD cannot express, or if there is no memory.
 */
char *preload_value(const char *library, const char *old);

/*
 * The options of a sanitizer's runtime with "NAME=VALUE" behind old (NULL: not set), which stays as
 * it is if it says NAME already. Allocated; NULL if there is no memory.
 *
 * AddressSanitizer's ends programs in which a library stands before it, unless ASAN_OPTIONS has
 * ASAN_OPTION; LeakSanitizer's those that are traced, unless LSAN_OPTIONS has LSAN_OPTION. Both are
 * nothing to other programs.
 */
#define ASAN_OPTION "verify_asan_link_order=0"
#define LSAN_OPTION "detect_leaks=0"
char *sanitizer_options(const char *option, const char *old);
