/* SPDX-License-Identifier: MIT */
/*
 * Finds the shipped rule files by their names.
 */
#include "example.h"

#include "cli.h"
#include "text.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef DOCDIR
#define DOCDIR "/usr/share/doc/privmap"
#endif

static const char suffix[] = ".conf";

/* Returns the length of the example's name in a file's name; 0 if the file is no example. */
static size_t name_length(const char *file)
{
	size_t length = strlen(file);

	if (*file == '.' || length < sizeof(suffix) ||
	    strcmp(file + length - (sizeof(suffix) - 1), suffix) != 0)
		return 0;
	return length - (sizeof(suffix) - 1);
}

static int is_example(const struct dirent *entry)
{
	return name_length(entry->d_name) > 0;
}

/*
 * Finds their directory: by a link in the build (Makefile), next to a moved installation, or where
 * make install put it.
 */
static char *examples_directory(const char *directory)
{
	static const char *const near[] = { "/config/examples",
					    "/../share/doc/privmap/examples" };

	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		char *place = cli_text("%s%s", directory, near[i]);

		if (access(cli_text("%s/models%s", place, suffix), F_OK) == 0)
			return cli_made(realpath(place, NULL));
	}
	return cli_text("%s", DOCDIR "/examples");
}

/* Returns the file's first line after "# ". */
static char *first_line(const char *file)
{
	FILE *stream = fopen(file, "re");
	char line[160] = "";

	if (stream) {
		if (!fgets(line, sizeof(line), stream))
			*line = '\0';
		fclose(stream);
	}
	line[strcspn(line, "\n")] = '\0';
	return cli_text("%s", line + strspn(line, "# "));
}

/* Lists all examples: a line for each, or only the names, each after a blank. */
static char *listed(const char *place, bool with_lines)
{
	struct dirent **entries;
	int count = scandir(place, &entries, is_example, alphasort);
	char *all = cli_text("%s", "");

	for (int i = 0; i < count; i++) {
		const char *file = entries[i]->d_name;
		int length = (int)name_length(file);

		all = with_lines ? cli_text("%s%-13.*s %s\n", all, length, file,
					    first_line(cli_text("%s/%s", place, file))) :
				   cli_text("%s %.*s", all, length, file);
	}
	return all;
}

char *example_file(const char *directory, const char *asked_by, const char *name)
{
	char *place = examples_directory(directory);
	char *file = cli_text("%s/%s%s", place, name, suffix);
	char *all;

	if (!strchr(name, '/') && name_length(last_component(file)) && access(file, F_OK) == 0)
		return file;
	all = listed(place, false);
	if (!*all)
		cli_fail("%s '%s': there are no examples in %s", asked_by, name, place);
	cli_fail("%s '%s': there is no such example; there are:%s", asked_by, name, all);
}

char *example_list(const char *directory)
{
	char *place = examples_directory(directory);
	char *all = listed(place, true);

	if (!*all)
		cli_fail("--for list: there are no examples in %s", place);
	return all;
}
