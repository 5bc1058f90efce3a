/* SPDX-License-Identifier: MIT */
/*
 * Reads the environment and the rule file, once.
 */
#include "configure.h"

#include "engine.h"
#include "log.h"
#include "memory.h"
#include "open.h"
#include "report.h"
#include "settings.h"
#include "state.h"
#include "text.h"

#include <string.h>
#include <sys/auxv.h>

/* A copy that stays: programs overwrite their environment to change what ps(1) shows. */
static const char *keep(const char *string)
{
	size_t size = strlen(string) + 1;
	void *copy = memory_kept(size);

	return copy ? memcpy(copy, string, size) : NULL;
}

static void say(const char *what, const char *value, const char *rest)
{
	struct text text;

	if (!log_begin(&text, LOG_LEVEL_ERROR))
		return;
	text_add(&text, what);
	text_add_name(&text, value);
	text_add(&text, rest);
	log_end(&text, LOG_LEVEL_ERROR);
}

/* PRIVMAP_LOG overrides the file; an invalid one is reported and not used. */
static void open_log(struct settings *settings, const char *value)
{
	bool wrong = false;

	if (value && *value) {
		const char *kept = keep(value);

		wrong = !settings_parse_log(settings, kept ? kept : value);
	}
	log_open(settings);
	if (wrong)
		say("PRIVMAP_LOG=", value, ": " SETTINGS_LOG);
}

static void say_wrong(const struct environment *given, struct settings *settings, const char *error)
{
	open_log(settings, given->log);
	say("", error, "");
}

/* False if nothing is to be served. */
static bool read_all(struct settings *settings)
{
	const struct environment given = environment_read();
	const struct rule_file_reader reader = { engine_directory, say_wrong };

	if (settings_disable(given.disable))
		return false;
	state_set_page(getauxval(AT_PAGESZ));
	sink_remember_stderr();
	if (!rule_file_in_force(&reader, &given, settings))
		return false;
	open_log(settings, given.log);
	if (given.index && *given.index)
		state_set_index(keep(given.index));
	if (given.paths && !settings_add_paths(settings, given.paths, memory_kept))
		return false;
	/* The user must not get what only the additional rights of the program let it read. */
	if (getauxval(AT_SECURE))
		settings->buffer_keep = 0;
	if (settings->asks_program)
		engine_know_program();
	if (given.report && *given.report)
		report_open(keep(given.report));
	return true;
}

void configure(void)
{
	struct settings settings = settings_default();
	bool serves = read_all(&settings);

	state_set(&settings, serves && settings.asks_always, serves);
}
