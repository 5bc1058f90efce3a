/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD and the options of sanitizers: see preload-list.h.
 */
#include "preload-list.h"

#include <stddef.h>
#include <string.h>

static const char separators[] = ": "; /* ld.so(8) */

/* "/usr/lib/gcc/x86_64-linux-gnu/12/libasan.so" and the like. */
static bool is_sanitizer(const char *word, size_t length)
{
	static const char names[][12] = { "libasan.so", "libtsan.so", "liblsan.so", "libubsan.so",
					  "libclang_rt" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		for (size_t at = 0; at + n <= length; at++)
			if (memcmp(word + at, names[i], n) == 0)
				return true;
	}
	return false;
}

static bool holds(const char *list, const char *word, size_t length)
{
	while (*list) {
		size_t n = strcspn(list, separators);

		if (n == length && memcmp(list, word, n) == 0)
			return true;
		list += n;
		list += strspn(list, separators);
	}
	return false;
}

bool preload_list_holds(const char *list, const char *libraries)
{
	while (*libraries) {
		size_t length = strcspn(libraries, separators);

		if (length && !holds(list, libraries, length))
			return false;
		libraries += length;
		libraries += strspn(libraries, separators);
	}
	return true;
}

/* Writes a word at end, after a colon unless it is the first; returns the new end. */
static char *append(char *value, char *end, const char *word, size_t length)
{
	if (end != value)
		*end++ = ':';
	memcpy(end, word, length);
	return end + length;
}

char *preload_list(char *value, const char *libraries, const char *old)
{
	char *end = value;

	/* Two passes: the words that must precede the libraries, then those that follow them. */
	for (int behind = 0; behind <= 1; behind++) {
		for (const char *word = old; *word;) {
			size_t length = strcspn(word, separators);

			if (length && !holds(libraries, word, length) &&
			    is_sanitizer(word, length) != behind)
				end = append(value, end, word, length);
			word += length;
			word += strspn(word, separators);
		}
		if (!behind)
			end = append(value, end, libraries, strlen(libraries));
	}
	*end = '\0';
	return end;
}

static bool is_ours(const char *word, size_t length)
{
	static const char names[] = "libprivmap.so:libprivmap-exec.so";
	size_t last = length;

	while (last && word[last - 1] != '/')
		last--;
	return holds(names, word + last, length - last);
}

char *preload_list_without(char *value, const char *old)
{
	char *end = value;

	while (*old) {
		size_t length = strcspn(old, separators);

		if (length && !is_ours(old, length))
			end = append(value, end, old, length);
		old += length;
		old += strspn(old, separators);
	}
	*end = '\0';
	return end;
}

bool sanitizer_says(const char *options, const char *option)
{
	size_t name = strcspn(option, "=") + 1;

	for (; *options; options++)
		if (strncmp(options, option, name) == 0)
			return true;
	return false;
}

char *sanitizer_list(char *value, const char *option, const char *options)
{
	return append(value, append(value, value, options, strlen(options)), option,
		      strlen(option) + 1) -
	       1;
}
