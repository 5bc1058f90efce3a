/* SPDX-License-Identifier: MIT */
/*
 * Reads a rule file's compiled form, or else opens the loader module, uses it once, and closes it.
 */
#include "open.h"

#include "compiled.h"
#include "kernel.h"
#include "loader.h"
#include "text.h"

#include <dlfcn.h>
#include <limits.h>

/*
 * For functions that are seldom needed: an import would cost the start of every program a search
 * through its libraries; this costs it only if the function is called.
 */
#define LATE(name) ((__typeof__(&(name)))dlsym(RTLD_DEFAULT, #name))

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0
#endif

/* Large variables are in separate functions. */
#define APART __attribute__((noinline))
enum { USUAL_NAME = 256 };

static const char places[][27] = { "/privmap/privmap-config.so", "/privmap-config.so" };

/*
 * RTLD_DEEPBIND: the module must find libconfig's functions, not the program's of the same name
 * (config_init() is a likely one). Sanitizers forbid the flag, which would bypass their malloc().
 */
static void *open_module(const char *directory)
{
	__typeof__(&dlopen) open = LATE(dlopen);
	int flags = RTLD_NOW | RTLD_LOCAL;
	char name[PATH_MAX];

	if (!dlsym(RTLD_DEFAULT, "__sanitizer_set_death_callback"))
		flags |= RTLD_DEEPBIND;
	for (size_t i = 0;; i++) {
		struct text text = TEXT_IN(name);

		text_add(&text, directory);
		text_add(&text, places[i]);
		text_string(&text);
		if (i + 1 == sizeof(places) / sizeof(places[0]) ||
		    kernel_exists(name))
			return open ? open(name, flags) : NULL;
	}
}

int rule_file_read(const char *directory, const char *file, struct settings *settings, char *error,
		   size_t error_size)
{
	if (!compiled_read(file, settings))
		return rule_file_parse(directory, file, settings, error, error_size);
	if (error_size)
		*error = '\0';
	return 0;
}

int rule_file_parse(const char *directory, const char *file, struct settings *settings,
		    char *error, size_t error_size)
{
	__typeof__(&dlclose) close = LATE(dlclose);
	__typeof__(&dlerror) problem = LATE(dlerror); /* early: dlsym() clears errors */
	void *module = open_module(directory);
	config_load_function *load =
		module ? (config_load_function *)dlsym(module, CONFIG_LOAD_SYMBOL) : NULL;
	int result = -1;

	if (load) {
		result = load(file, settings, error, error_size);
		settings->asks_program = rules_ask_for(&settings->rules, RULE_PROGRAM);
		settings->asks_always = rules_ask_for(&settings->rules, RULE_ALWAYS);
	} else {
		struct text text = { error, error_size, 0 };
		const char *why = problem ? problem() : NULL;

		text_add_name(&text, file);
		if (problem) {
			text_add(&text, ": cannot be read without its loader: ");
			text_add_name(&text, why ? why : CONFIG_LOAD_SYMBOL " is missing");
		} else { /* a patched program has no libraries */
			text_add(&text, ": a patched program reads its compiled form only; run: "
					"privmapctl compile ");
			text_add_name(&text, file);
		}
		text_string(&text);
	}
	if (module && close)
		close(module);
	return result;
}

APART static bool parse(const struct rule_file_reader *reader, const struct environment *given,
			const char *file, struct settings *settings)
{
	char directory[PATH_MAX];
	char error[2 * PATH_MAX];

	reader->directory(directory, sizeof(directory));
	if (rule_file_parse(directory, file, settings, error, sizeof(error)) == 0)
		return true;
	if (reader->wrong)
		reader->wrong(given, settings, error);
	return false;
}

static bool read_found(const struct rule_file_reader *reader, const struct environment *given,
		       const char *file, struct settings *settings)
{
	return !file || compiled_read(file, settings) || parse(reader, given, file, settings);
}

APART static bool read_far(const struct rule_file_reader *reader, const struct environment *given,
			   struct settings *settings)
{
	char name[PATH_MAX];

	return read_found(reader, given, search_rule_file(given, name, sizeof(name)), settings);
}

bool rule_file_in_force(const struct rule_file_reader *reader, const struct environment *given,
			struct settings *settings)
{
	char name[USUAL_NAME];

	if (search_longest(given) > sizeof(name))
		return read_far(reader, given, settings);
	return read_found(reader, given, search_rule_file(given, name, sizeof(name)), settings);
}
