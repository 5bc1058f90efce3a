/* SPDX-License-Identifier: MIT */
/*
 * Environment and rule file, read once.
 */
#include "configure.h"

#include "compiled.h"
#include "engine.h"
#include "log.h"
#include "memory.h"
#include "open.h"
#include "report.h"
#include "search.h"
#include "state.h"
#include "text.h"

#include <limits.h>
#include <string.h>
#include <sys/auxv.h>

/*
 * This runs at the start of every program: what is large stands in functions of their own, so that
 * no page of the stack is touched but those that the dynamic linker has used already.
 */
#define APART __attribute__((noinline))
enum { USUAL_NAME = 256 };

/* A copy that stays: programs overwrite their environment to change what ps(1) shows. */
static const char *keep(const char *string)
{
	size_t size = strlen(string) + 1;
	void *copy = memory_kept(size);

	return copy ? memcpy(copy, string, size) : NULL;
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
static void open_log(struct settings *settings, const char *value)
{
	bool wrong = false;

	if (value && *value) {
		const char *kept = keep(value);

		wrong = !settings_parse_log(settings, kept ? kept : value);
	}
	log_open(settings);
	if (wrong)
		say("PRIVMAP_LOG: LEVEL[:TARGET] expected, of off error warn info debug: ", value);
}

/* With the loader. False, with one line said, if the file is wrong. */
APART static bool parse(const char *file, struct settings *settings, const char *log)
{
	char directory[PATH_MAX];
	char error[2 * PATH_MAX];

	engine_directory(directory, sizeof(directory));
	if (rule_file_parse(directory, file, settings, error, sizeof(error)) == 0)
		return true;
	open_log(settings, log);
	say("", error);
	return false;
}

static bool read_found(const char *file, struct settings *settings, const char *log)
{
	return !file || compiled_read(file, settings) || parse(file, settings, log);
}

APART static bool read_far(const struct environment *given, struct settings *settings)
{
	char name[PATH_MAX];

	return read_found(search_rule_file(given, name, sizeof(name)), settings, given->log);
}

/* Rules as in the file, if there is one. False, with one line said, if it is wrong. */
static bool read_rule_file(const struct environment *given, struct settings *settings)
{
	char name[USUAL_NAME];

	if (search_longest(given) > sizeof(name))
		return read_far(given, settings);
	return read_found(search_rule_file(given, name, sizeof(name)), settings, given->log);
}

/* False if everything is to be left. */
static bool read_all(struct settings *settings)
{
	const struct environment given = environment_read();

	if (given.disable && strcmp(given.disable, "1") == 0)
		return false;
	state_set_page(getauxval(AT_PAGESZ));
	sink_remember_stderr();
	if (!read_rule_file(&given, settings))
		return false;
	open_log(settings, given.log);
	if (given.paths && !settings_add_paths(settings, given.paths, memory_kept))
		return false;
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
