/* SPDX-License-Identifier: MIT */
/*
 * Finds the rules in force as libprivmap.so does at its start.
 */
#include "force.h"

#include "ctl.h"
#include "libdir.h"
#include "open.h"
#include "search.h"

#include <stdlib.h>
#include <string.h>

void force_find(struct force *force)
{
	const struct search search = {
		.config = getenv("PRIVMAP_CONFIG"),
		.xdg = getenv("XDG_CONFIG_HOME"),
		.home = getenv("HOME"),
	};
	const char *disable = getenv("PRIVMAP_DISABLE");
	char name[PATH_MAX];
	const char *file = search_rule_file(&search, name, sizeof(name));

	memset(force, 0, sizeof(*force));
	force->library = library_directory(force->directory, sizeof(force->directory));
	force->file = file ? ctl_text("%s", file) : NULL;
	force->named = search.config && *search.config;
	force->disabled = disable && strcmp(disable, "1") == 0;
	force->settings = settings_default();
}

void force_read(struct force *force)
{
	const char *paths = getenv("PRIVMAP_PATHS");
	struct rules *rules = &force->settings.rules;
	struct text text;

	force_find(force);
	if (force->file && rule_file_read(force->directory, force->file, &force->settings,
					  force->error, sizeof(force->error)))
		return;
	force->error[0] = '\0';
	if (!paths)
		return;
	text.size = rules_paths_size(paths);
	text.length = 0;
	text.bytes = ctl_memory(text.size + rules->size);
	rules_add_paths(&text, paths);
	text.size += rules->size;
	text_add_bytes(&text, rules->text, rules->size);
	*rules = (struct rules){ text.bytes, text.length };
}
