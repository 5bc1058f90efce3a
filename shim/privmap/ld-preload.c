/* SPDX-License-Identifier: MIT */
/*
 * Finds libprivmap.so, and says what the environment must hold for it to be loaded.
 */
#include "ld-preload.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#ifndef LIBDIR
#define LIBDIR "/usr/lib"
#endif

static const char separators[] = ": "; /* ld.so(8) */

static bool holds_library(const char *directory)
{
	char name[PATH_MAX + 32];

	snprintf(name, sizeof(name), "%s/libprivmap.so", directory);
	return access(name, R_OK) == 0;
}

/* Where this command is: as /proc says, or where there is none by the name it was started by. */
static bool own_directory(char self[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", self, PATH_MAX - 1);
	const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);

	if (length > 0)
		self[length] = '\0';
	else if (!name || !realpath(name, self))
		return false;
	*strrchr(self, '/') = '\0';
	return true;
}

bool library_directory(char *directory, size_t size)
{
	static const char *const beside[] = { "", "/../lib" };
	char self[PATH_MAX];

	if (own_directory(self)) {
		for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
			char near[PATH_MAX + 8];
			char real[PATH_MAX];

			snprintf(near, sizeof(near), "%s%s", self, beside[i]);
			if (realpath(near, real) && holds_library(real) && strlen(real) < size) {
				strcpy(directory, real);
				return true;
			}
		}
	}
	snprintf(directory, size, "%s", LIBDIR);
	return holds_library(LIBDIR);
}

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
