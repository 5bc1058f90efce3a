/* SPDX-License-Identifier: MIT */
/*
 * Reads a rule file, with the loader module if need be: for the library and the commands.
 */
#pragma once

#include "search.h"
#include "settings.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads file over *settings, which must be settings_default(): from its compiled form, if there is
 * one that is true, else by rule_file_parse().
 */
int rule_file_read(const char *directory, const char *file, struct settings *settings, char *error,
		   size_t error_size);

/*
 * As config_load_function (loader.h), with the module privmap-config.so that lies in directory or
 * in its subdirectory privmap. The module is closed again. May allocate: not for hooks.
 */
int rule_file_parse(const char *directory, const char *file, struct settings *settings, char *error,
		    size_t error_size);

/* What may differ where the rule file in force is read. */
struct rule_file_reader {
	/* Writes the directory that is meant above. */
	void (*directory)(char *directory, size_t size);
	/* Hears what is wrong with it; may be NULL. */
	void (*wrong)(const struct environment *given, struct settings *settings,
		      const char *error);
};

/*
 * Reads the rule file in force, if there is one, as rule_file_read(). False if it is wrong. At the
 * start of every program: no page of the stack is touched but those that the dynamic linker has
 * used already, unless the file is to be read as text.
 */
bool rule_file_in_force(const struct rule_file_reader *reader, const struct environment *given,
			struct settings *settings);
