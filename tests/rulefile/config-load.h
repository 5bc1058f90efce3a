/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of the rule loader: loads a file as the library does, in a private directory.
 * The module is $PRIVMAP_CONFIG_MODULE, or privmap-config.so in $BUILD; the shipped files are in
 * $PRIVMAP_CONFIG_DIRECTORY, or config in $TOP.
 */
#ifndef PRIVMAP_CONFIG_LOAD_H
#define PRIVMAP_CONFIG_LOAD_H

#include "loader.h"
#include "settings.h"

#include "temporary.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0
#endif

/* The message about a syntax error at that place. */
#define SYNTAX_AT(place)                                                                           \
	"syntax error" place                                                                       \
	"; settings are NAME = VALUE; with \"\" around strings, [] arrays, () lists, {} groups"
#define SYNTAX(token) SYNTAX_AT(" before '" token "'")
#define SYNTAX_END SYNTAX_AT(" at the end of the file")

static char module_name[PATH_MAX], shipped[PATH_MAX], directory[PATH_MAX];
static char error[600];

static inline bool sanitized(void)
{
	return dlsym(RTLD_DEFAULT, "__sanitizer_set_death_callback");
}

static inline void *open_module(config_load_function **function)
{
	int flags = RTLD_NOW | RTLD_LOCAL | (sanitized() ? 0 : RTLD_DEEPBIND);
	void *module = dlopen(module_name, flags);

	if (!module)
		fail_msg("%s", dlerror());
	*function = (config_load_function *)dlsym(module, CONFIG_LOAD_SYMBOL);
	assert_non_null(*function);
	return module;
}

/* Like the library, loads the module for this one call. */
static inline int load(const char *file, struct settings *settings)
{
	config_load_function *function;
	void *module = open_module(&function);
	int result;

	memset(error, 'X', sizeof(error));
	result = function(file, settings, error, sizeof(error) - 1);
	assert_int_equal(dlclose(module), 0);
	assert_int_equal(error[sizeof(error) - 1], 'X');
	assert_null(strchr(error, '\n'));
	return result;
}

static inline void write_bytes(const char *name, const char *bytes, size_t size)
{
	FILE *stream;

	unlink(name); /* ext4 flushes a file to disk that is truncated and written again */
	stream = fopen(name, "w");
	assert_non_null(stream);
	assert_int_equal(fwrite(bytes, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
}

static inline void write_file(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static inline size_t read_bytes(const char *name, char *bytes, size_t room)
{
	FILE *stream = fopen(name, "r");
	size_t size;

	assert_non_null(stream);
	size = fread(bytes, 1, room, stream);
	assert_true(size < room);
	assert_int_equal(fclose(stream), 0);
	return size;
}

static inline struct settings must_load(const char *file)
{
	struct settings settings = settings_default();

	if (load(file, &settings))
		fail_msg("%s", error);
	assert_string_equal(error, "");
	return settings;
}

static inline struct settings must_load_text(const char *text)
{
	write_file("t.conf", text);
	return must_load("t.conf");
}

static inline void must_fail(const char *file, const char *message)
{
	const struct settings before = settings_default();
	struct settings settings = before;

	if (load(file, &settings) != -1)
		fail_msg("%s: no error", message);
	if (strcmp(error, message) != 0)
		fail_msg("\"%s\"\n                   not \"%s\"", error, message);
	assert_ptr_equal(settings.rules.text, before.rules.text);
	assert_int_equal(settings.rules.size, before.rules.size);
	assert_int_equal(settings.log_level, before.log_level);
	assert_ptr_equal(settings.log_target, before.log_target);
	assert_int_equal(settings.buffer_memory, before.buffer_memory);
	assert_int_equal(settings.buffer_limit, before.buffer_limit);
	assert_int_equal(settings.buffer_keep, before.buffer_keep);
	assert_ptr_equal(settings.buffer_spool, before.buffer_spool);
	assert_ptr_equal(settings.trace, before.trace);
}

#define ITEMS(literal) "" literal, sizeof(literal) - 1

static inline void same_rules(struct rules rules, const char *items, size_t size)
{
	assert_int_equal(rules.size, size);
	assert_memory_equal(rules.text, items, size);
}

/* Returns the absolute name in variable, or else of file in the directory that other names. */
static inline void find(char *whole, const char *variable, const char *other, const char *file)
{
	const char *given = getenv(variable), *directory_of = getenv(other);
	char name[2 * PATH_MAX];

	snprintf(name, sizeof(name), "%s/%s", directory_of ? directory_of : ".", file);
	if (!realpath(given ? given : name, whole))
		fail_msg("%s is not there: set %s", given ? given : name, variable);
	setenv(variable, whole, 1);
}

static inline int set_up(void **state)
{
	(void)state;
	find(module_name, "PRIVMAP_CONFIG_MODULE", "BUILD", "privmap-config.so");
	find(shipped, "PRIVMAP_CONFIG_DIRECTORY", "TOP", "config");
	return temporary_make(directory) || chdir(directory) ? -1 : 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	return chdir("/") || temporary_remove(directory) ? -1 : 0;
}

#endif
