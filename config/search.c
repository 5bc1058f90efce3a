/*
 * Finds the rule file. Called by shim/preload/start.c and the commands, at start.
 */
#include "search.h"

#include "text.h"

#include <stdbool.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

/* Puts the parts together; false if that is no existing file or does not fit. */
static bool exists(char *name, size_t size, const char *directory, const char *file)
{
	struct text text = { name, size, 0 };

	text_add(&text, directory);
	text_add(&text, file);
	if (text.length == text.size)
		return false;
	return access(text_string(&text), F_OK) == 0;
}

const char *search_rule_file(const struct search *search, char *name, size_t size)
{
	if (search->config && *search->config)
		return search->config;
	if (search->xdg && *search->xdg == '/') {
		if (exists(name, size, search->xdg, "/privmap/privmap.conf"))
			return name;
	} else if (search->home && *search->home) {
		if (exists(name, size, search->home, "/.config/privmap/privmap.conf"))
			return name;
	}
	return exists(name, size, SYSCONFDIR, "/privmap.conf") ? name : NULL;
}
