/* SPDX-License-Identifier: MIT */
/*
 * What the environment must hold for libprivmap.so to be loaded. Pure.
 */
#include "ld-preload.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char separators[] = ": "; /* ld.so(8) */

/* "/usr/lib/gcc/x86_64-linux-gnu/12/libasan.so" and its like. */
static bool is_sanitizer(const char *word, size_t length)
{
	static const char *const names[] = { "libasan.so", "libtsan.so", "liblsan.so",
					     "libubsan.so", "libclang_rt." };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		for (size_t at = 0; at + n <= length; at++)
			if (memcmp(word + at, names[i], n) == 0)
				return true;
	}
	return false;
}

/* Writes word at end, behind a colon unless it is the first; returns the new end. */
static char *append(char *value, char *end, const char *word, size_t length)
{
	if (end != value)
		*end++ = ':';
	return mempcpy(end, word, length);
}

char *preload_value(const char *library, const char *old)
{
	char *value, *end;

	if (library[strcspn(library, separators)])
		return NULL;
	if (!old)
		old = "";
	value = malloc(strlen(library) + strlen(old) + 2);
	if (!value)
		return NULL;
	end = value;
	/* Two passes: what must stay in front of the library, then what follows it. */
	for (int behind = 0; behind <= 1; behind++) {
		for (const char *word = old; *word;) {
			size_t length = strcspn(word, separators);
			bool own = length == strlen(library) && memcmp(word, library, length) == 0;

			if (length && !own && is_sanitizer(word, length) != behind)
				end = append(value, end, word, length);
			word += length;
			word += strspn(word, separators);
		}
		if (!behind)
			end = append(value, end, library, strlen(library));
	}
	*end = '\0';
	return value;
}

char *sanitizer_options(const char *option, const char *old)
{
	size_t name = strcspn(option, "=") + 1;
	bool said = false;
	char *value;

	if (!old || !*old)
		return strdup(option);
	for (const char *word = old; *word && !said; word++)
		said = strncmp(word, option, name) == 0;
	value = malloc(strlen(old) + strlen(option) + 2);
	if (value) {
		strcpy(value, old);
		if (!said)
			strcpy(stpcpy(value + strlen(old), ":"), option);
	}
	return value;
}
