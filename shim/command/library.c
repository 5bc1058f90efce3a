/*
 * Finds libprivmap.so. Called by privmap.c.
 */
#include "library.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

bool library_directory(char *directory, size_t size)
{
	static const char *const beside[] = { "", "/../lib" };
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length > 0) {
		self[length] = '\0';
		*strrchr(self, '/') = '\0';
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
