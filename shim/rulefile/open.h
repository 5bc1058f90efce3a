/* SPDX-License-Identifier: MIT */
/*
 * Reads a rule file, with the loader module if need be: for the library and the commands.
 */
#pragma once

#include "settings.h"

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
int rule_file_parse(const char *directory, const char *file, struct settings *settings,
		    char *error, size_t error_size);
