/* SPDX-License-Identifier: MIT */
/*
 * privmap-config.so: reads a rule file with libconfig. A separate module, so that the preload
 * library needs libc only. The library's constructor and the commands open it (open.c) if a rule
 * file exists, and close it again, so nothing that it returns is inside the module.
 */
#pragma once

#include "settings.h"

#include <stddef.h>

/* The name of the function, with a version that changes with its meaning. */
#define CONFIG_LOAD_SYMBOL "privmap_config_load_4"

/*
 * Reads file into *settings. Returns 0, or -1 with one line in error (with a NUL, cut to
 * error_size, without a newline):
 *     FILE:LINE: what is wrong, and what is allowed
 * and *settings unchanged. Settings that the file does not have keep their value in *settings,
 * except rules: a file without rules has none, and with builtin = true the rules of *settings
 * follow the file's. The strings of *settings then live in one mapping, which is never freed,
 * because a process reads only one file at its start.
 */
typedef int config_load_function(const char *file, struct settings *settings, char *error,
				 size_t error_size);
