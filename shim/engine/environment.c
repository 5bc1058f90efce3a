/* SPDX-License-Identifier: MIT */
/*
 * The environment, walked once where secure_getenv(3) would do so for each name. It runs at the
 * start of every program that is served.
 */
#include "environment.h"

#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const struct {
	char name[17];
	unsigned char length, place;
} names[] = {
#define NAME(name, member) { name "=", sizeof(name), offsetof(struct environment, member) }
	NAME("PRIVMAP_CONFIG", config),
	NAME("PRIVMAP_DISABLE", disable),
	NAME("PRIVMAP_LOG", log),
	NAME("PRIVMAP_PATHS", paths),
	NAME("PRIVMAP_REPORT", report),
	NAME("XDG_CONFIG_HOME", xdg),
	NAME("HOME", home),
#undef NAME
};

static void look_at(const char *entry, struct environment *found)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(entry, names[i].name, names[i].length) == 0) {
			const char **place = (const char **)((char *)found + names[i].place);

			if (!*place)
				*place = entry + names[i].length;
		}
}

struct environment environment_read(void)
{
	struct environment found = { .config = NULL };

	if (!environ || getauxval(AT_SECURE))
		return found;
	for (char **entry = environ; *entry; entry++)
		if (**entry == 'P' || **entry == 'X' || **entry == 'H')
			look_at(*entry, &found);
	return found;
}
