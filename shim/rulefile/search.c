/* SPDX-License-Identifier: MIT */
/*
 * Finds the rule file.
 */
#include "search.h"

#include "kernel.h"
#include "text.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

static const char of_xdg[] = "/privmap/privmap.conf";
static const char of_home[] = "/.config/privmap/privmap.conf";
static const char of_system[] = "/privmap.conf";

/* Puts the parts together; false if that is no existing file or does not fit. */
static bool exists(char *name, size_t size, const char *directory, const char *file)
{
	struct text text = { name, size, 0 };

	text_add(&text, directory);
	text_add(&text, file);
	if (text.length == text.size)
		return false;
	return kernel_exists(text_string(&text));
}

const char *search_rule_file(const struct search *search, char *name, size_t size)
{
	if (search->config && *search->config)
		return search->config;
	if (search->xdg && *search->xdg == '/') {
		if (exists(name, size, search->xdg, of_xdg))
			return name;
	} else if (search->home && *search->home) {
		if (exists(name, size, search->home, of_home))
			return name;
	}
	return exists(name, size, SYSCONFDIR, of_system) ? name : NULL;
}

size_t search_longest(const struct search *search)
{
	size_t own = (search->xdg ? strlen(search->xdg) : 0) +
		     (search->home ? strlen(search->home) : 0) + sizeof(of_home);

	return own + sizeof(SYSCONFDIR) + sizeof(of_system);
}
