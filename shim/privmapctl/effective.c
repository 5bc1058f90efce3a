/* SPDX-License-Identifier: MIT */
/*
 * Finds the effective rules in the way that libprivmap.so does at its start.
 */
#include "effective.h"

#include "ctl.h"
#include "json.h"
#include "ld-preload.h"
#include "open.h"
#include "search.h"
#include "settings.h"
#include "state.h"

#include <string.h>

void effective_find(struct effective *effective)
{
	const struct environment given = environment_read();
	char name[PATH_MAX];
	const char *file = search_rule_file(&given, name, sizeof(name));

	memset(effective, 0, sizeof(*effective));
	effective->library = library_directory(effective->directory, sizeof(effective->directory));
	effective->file = file ? cli_text("%s", file) : NULL;
	effective->named = given.config && *given.config;
	effective->disabled = settings_disable(given.disable);
	effective->paths = given.paths;
	effective->settings = settings_default();
	state_set_index(given.index);
}

void effective_read(struct effective *effective)
{
	effective_find(effective);
	if (effective->file &&
	    rule_file_read(effective->directory, effective->file, &effective->settings,
			   effective->error, sizeof(effective->error)))
		return;
	effective->error[0] = '\0';
	if (effective->paths)
		settings_add_paths(&effective->settings, effective->paths, cli_memory);
}

void effective_report_trace(const struct settings *settings)
{
	json_array("trace");
	if (!settings->trace_size)
		json_or_print("none");
	for (size_t at = 0; at < settings->trace_size; at += strlen(settings->trace + at) + 1) {
		json_string(NULL, settings->trace + at);
		json_or_print("%s%s", at ? ", " : "", ctl_shown(settings->trace + at));
	}
	json_end();
}
