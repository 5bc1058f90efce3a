/*
 * Opens the loader module and reads a rule file with it: for the library and the commands.
 */
#ifndef PRIVMAP_OPEN_H
#define PRIVMAP_OPEN_H

#include "settings.h"

#include <stddef.h>

/*
 * As config_load_function (loader.h), with the module privmap-config.so that lies in directory or
 * in its subdirectory privmap. The module is closed again. May allocate: not for hooks.
 */
int rule_file_read(const char *directory, const char *file, struct settings *settings, char *error,
		   size_t error_size);

#endif
