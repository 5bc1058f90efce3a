/* SPDX-License-Identifier: MIT */
/*
 * Reads the environment and finds the rule file. This runs at the start of every served program.
 */
#include "search.h"

#include "kernel.h"
#include "text.h"

#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

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
	NAME("GIT_INDEX_FILE", index),
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
		if (**entry == 'P' || **entry == 'G' || **entry == 'X' || **entry == 'H')
			look_at(*entry, &found);
	return found;
}

static const char of_xdg[] = "/privmap/privmap.conf";
static const char of_home[] = "/.config/privmap/privmap.conf";
static const char of_system[] = "/privmap.conf";

/* Joins the parts; false if that does not fit, or the file does not exist. */
static bool exists(char *name, size_t size, const char *directory, const char *file)
{
	struct text text = { name, size, 0 };

	text_add(&text, directory);
	text_add(&text, file);
	if (text.length == text.size)
		return false;
	return kernel_exists(text_string(&text));
}

const char *search_rule_file(const struct environment *given, char *name, size_t size)
{
	if (given->config && *given->config)
		return given->config;
	/* Relative names do not count (XDG base directories). */
	if (given->xdg && *given->xdg == '/') {
		if (exists(name, size, given->xdg, of_xdg))
			return name;
	} else if (given->home && *given->home) {
		if (exists(name, size, given->home, of_home))
			return name;
	}
	return exists(name, size, SYSCONFDIR, of_system) ? name : NULL;
}

size_t search_longest(const struct environment *given)
{
	size_t own = (given->xdg ? strlen(given->xdg) : 0) +
		     (given->home ? strlen(given->home) : 0) + sizeof(of_home);

	return own + sizeof(SYSCONFDIR) + sizeof(of_system);
}
