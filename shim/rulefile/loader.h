/* SPDX-License-Identifier: MIT */
/*
 * privmap-config.so: reads a rule file with libconfig. A module of its own, so that the preload
 * library needs libc only; opened by its constructor (shim/engine/configure.c) and by the commands,
 * only where a rule file exists, and closed again: nothing it hands out lies in the module.
 */
#pragma once

#include "settings.h"

#include <stddef.h>

/* Name of the function and, changed with its meaning, its version. */
#define CONFIG_LOAD_SYMBOL "privmap_config_load_4"

/*
 * Reads file over *settings. Returns 0, or -1 with one line in error (NUL-ended, cut to
 * error_size, no newline at its end):
 *     FILE:LINE: what is wrong, and what is allowed
 * and *settings unchanged. What is not in the file stays as it was in *settings, but rules: a file
 * without rules has none, and with builtin = true those of *settings come behind its own. The
 * strings of *settings then live in one mapping of their own, which is never freed: read once at
 * start.
 */
typedef int config_load_function(const char *file, struct settings *settings, char *error,
				 size_t error_size);
