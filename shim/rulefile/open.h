/* SPDX-License-Identifier: MIT */
/*
 * Reads a rule file, if necessary with the loader module. For the library and the commands.
 */
#pragma once

#include "search.h"
#include "settings.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads file into *settings, which must be settings_default(): from its compiled form if there is a
 * valid one, else by rule_file_parse().
 */
int rule_file_read(const char *directory, const char *file, struct settings *settings, char *error,
		   size_t error_size);

/*
 * Like config_load_function (loader.h), with the module privmap-config.so in directory or in its
 * subdirectory privmap. Closes the module again. May allocate: not for hooks.
 */
int rule_file_parse(const char *directory, const char *file, struct settings *settings, char *error,
		    size_t error_size);

/* How the caller of rule_file_in_force() finds the module, and reports errors. */
struct rule_file_reader {
	/* Writes the directory for rule_file_parse(). */
	void (*directory)(char *directory, size_t size);
	/* Gets the error in an invalid file; may be NULL. */
	void (*wrong)(const struct environment *given, struct settings *settings,
		      const char *error);
};

/*
 * Reads the rule file that the environment selects, if there is one, like rule_file_read(). False
 * if it is invalid. Runs at the start of every program: unless the file must be parsed, it touches
 * only pages of the stack that the dynamic linker has already used.
 */
bool rule_file_in_force(const struct rule_file_reader *reader, const struct environment *given,
			struct settings *settings);
