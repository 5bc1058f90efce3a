/*
 * Environment and rule file, read once. Called by each engine's start, before anything is served.
 */
#include "configure.h"

#include "engine.h"
#include "kernel.h"
#include "log.h"
#include "memory.h"
#include "open.h"
#include "report.h"
#include "search.h"
#include "sink.h"
#include "state.h"
#include "text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* A copy that stays: programs overwrite their environment to change what ps(1) shows. */
static const char *keep(const char *string)
{
	size_t size = strlen(string) + 1;
	void *copy = memory_kept(size);

	return copy ? memcpy(copy, string, size) : NULL;
}

/* Rules as in the file, if there is one. False, with one line said, if it is wrong. */
static bool read_rule_file(struct settings *settings, char *error, size_t error_size)
{
	const struct search search = {
		.config = secure_getenv("PRIVMAP_CONFIG"),
		.xdg = secure_getenv("XDG_CONFIG_HOME"),
		.home = secure_getenv("HOME"),
	};
	char name[PATH_MAX];
	char directory[PATH_MAX];
	const char *file = search_rule_file(&search, name, sizeof(name));

	if (!file)
		return true;
	engine_directory(directory, sizeof(directory));
	return rule_file_read(directory, file, settings, error, error_size) == 0;
}

/* PRIVMAP_PATHS, "GLOB:GLOB": one rule `private` before all others. */
static bool add_paths(struct settings *settings, const char *globs)
{
	size_t size = rules_paths_size(globs) + settings->rules.size;
	struct text text = { NULL, size, 0 };

	if (!globs[strspn(globs, ":")])
		return true;
	text.bytes = kernel_memory(size);
	if (!text.bytes)
		return false;
	rules_add_paths(&text, globs);
	text_add_bytes(&text, settings->rules.text, settings->rules.size);
	settings->rules = (struct rules){ text.bytes, text.length };
	return true;
}

static void say(const char *what, const char *value)
{
	struct text text;

	if (!log_begin(&text, LOG_LEVEL_ERROR))
		return;
	text_add(&text, what);
	text_add_name(&text, value);
	log_end(&text, LOG_LEVEL_ERROR);
}

/* PRIVMAP_LOG over the file's; a wrong one is said and not used. */
static void open_log(struct settings *settings)
{
	const char *value = secure_getenv("PRIVMAP_LOG");
	bool wrong = false;

	if (value && *value) {
		const char *kept = keep(value);

		wrong = !settings_parse_log(settings, kept ? kept : value);
	}
	log_open(settings);
	if (wrong)
		say("PRIVMAP_LOG: LEVEL[:TARGET] expected, of off error warn info debug: ", value);
}

/* False if everything is to be left. */
static bool read_all(struct settings *settings)
{
	const char *disable = secure_getenv("PRIVMAP_DISABLE");
	const char *report = secure_getenv("PRIVMAP_REPORT");
	const char *paths = secure_getenv("PRIVMAP_PATHS");
	char error[2 * PATH_MAX];
	bool right;

	if (disable && strcmp(disable, "1") == 0)
		return false;
	state_set_page(getauxval(AT_PAGESZ));
	sink_remember_stderr();
	right = read_rule_file(settings, error, sizeof(error));
	open_log(settings);
	if (!right) {
		say("", error);
		return false;
	}
	if (paths && !add_paths(settings, paths))
		return false;
	if (rules_ask_for(&settings->rules, RULE_PROGRAM))
		engine_know_program();
	if (report && *report)
		report_open(keep(report));
	return true;
}

void configure(void)
{
	struct settings settings = settings_default();
	bool serves = read_all(&settings);

	state_set(&settings, serves && rules_ask_for(&settings.rules, RULE_ALWAYS), serves);
}
