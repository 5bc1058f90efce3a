/* SPDX-License-Identifier: MIT */
/*
 * Finds the rules in force as libprivmap.so does at its start.
 */
#include "effective.h"

#include "ctl.h"
#include "libdir.h"
#include "open.h"
#include "search.h"

#include <stdlib.h>
#include <string.h>

void effective_find(struct effective *effective)
{
	const struct search search = {
		.config = getenv("PRIVMAP_CONFIG"),
		.xdg = getenv("XDG_CONFIG_HOME"),
		.home = getenv("HOME"),
	};
	const char *disable = getenv("PRIVMAP_DISABLE");
	char name[PATH_MAX];
	const char *file = search_rule_file(&search, name, sizeof(name));

	memset(effective, 0, sizeof(*effective));
	effective->library = library_directory(effective->directory, sizeof(effective->directory));
	effective->file = file ? cli_text("%s", file) : NULL;
	effective->named = search.config && *search.config;
	effective->disabled = disable && strcmp(disable, "1") == 0;
	effective->settings = settings_default();
}

void effective_read(struct effective *effective)
{
	const char *paths = getenv("PRIVMAP_PATHS");
	struct rules *rules = &effective->settings.rules;
	struct text text;

	effective_find(effective);
	if (effective->file &&
	    rule_file_read(effective->directory, effective->file, &effective->settings,
			   effective->error, sizeof(effective->error)))
		return;
	effective->error[0] = '\0';
	if (!paths)
		return;
	text.size = rules_paths_size(paths);
	text.length = 0;
	text.bytes = cli_memory(text.size + rules->size);
	rules_add_paths(&text, paths);
	text.size += rules->size;
	text_add_bytes(&text, rules->text, rules->size);
	*rules = (struct rules){ text.bytes, text.length };
}
