/* SPDX-License-Identifier: MIT */
/*
 * Finds libprivmap.so, and makes the environment that loads it.
 */
#include "ld-preload.h"

#include "cli.h"
#include "preload-list.h"

#include <errno.h>
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

static bool holds_library(const char *directory)
{
	char name[PATH_MAX + 32];

	snprintf(name, sizeof(name), "%s/libprivmap.so", directory);
	return access(name, R_OK) == 0;
}

/* Finds the directory of this command: by /proc, or without /proc by the name that started it. */
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

char *preload_value(const char *directory, bool children, const char *old)
{
	char *library = cli_text("%s/libprivmap.so", directory);
	char *of_children = cli_text("%s/libprivmap-exec.so", directory);
	char *value;

	if (directory[strcspn(directory, ": ")])
		cli_fail("%s: a blank or ':' in its name keeps it out of LD_PRELOAD", library);
	if (children && access(of_children, R_OK) == 0)
		library = cli_text("%s:%s", library, of_children);
	if (!old)
		old = "";
	value = cli_memory(strlen(library) + strlen(old) + 2);
	preload_list(value, library, old);
	return value;
}

void preload_forget(void)
{
	const char *old = getenv("LD_PRELOAD");
	char *value = old ? cli_memory(strlen(old) + 1) : NULL;

	if (!value)
		return;
	preload_list_without(value, old);
	if (*value ? setenv("LD_PRELOAD", value, 1) : unsetenv("LD_PRELOAD"))
		cli_fail("LD_PRELOAD: %s", strerror(errno));
}

char *sanitizer_options(const char *option, const char *old)
{
	char *value;

	if (!old)
		old = "";
	value = cli_text("%s%s%s", old, *old ? ":" : "", option);
	if (sanitizer_says(old, option))
		strcpy(value, old);
	return value;
}
