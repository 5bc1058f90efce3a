/* SPDX-License-Identifier: MIT */
/*
 * Finds the program that a link means. Only directories after the link's in PATH count: so two
 * links, even of two installations, never run each other for ever.
 */
#include "link.h"

#include "cli.h"
#include "text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOT_FOUND = 127 };

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_privmap(const char *path)
{
	return strncmp(last_component(path), command.name, strlen(command.name)) == 0;
}

/*
 * Returns the file that execve(2) was given, if it is a symbolic link to privmap under another
 * name; else NULL. argv[0] does not count: the caller chooses it freely.
 */
static const char *link_name(void)
{
	const char *file = (const char *)getauxval(AT_EXECFN);
	char self[PATH_MAX];
	struct stat link;
	ssize_t length;

	if (!file || is_privmap(file) || lstat(file, &link) || !S_ISLNK(link.st_mode))
		return NULL;
	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (length < 0)
		return NULL;
	self[length] = '\0';
	return is_privmap(self) ? file : NULL;
}

static bool is_in(const char *link, const char *directory)
{
	char name[PATH_MAX];
	struct stat ours, theirs;
	const size_t length = (size_t)(last_component(link) - link);

	if (length + 2 > sizeof(name))
		return false;
	memcpy(name, link, length);
	strcpy(name + length, ".");
	return stat(name, &ours) == 0 && stat(directory, &theirs) == 0 && is_same(&ours, &theirs);
}

static bool is_program(const char *path, const struct stat *self)
{
	struct stat file;

	return stat(path, &file) == 0 && S_ISREG(file.st_mode) && !is_same(&file, self) &&
	       access(path, X_OK) == 0;
}

/*
 * Searches the directories in list, a PATH; if the link's directory is among them, only later ones.
 */
static char *find_next(const char *link, char *list)
{
	static char path[PATH_MAX];
	const char *name = last_component(link);
	struct stat self;
	char *found = NULL;

	if (stat(link, &self))
		return NULL;
	for (char *directory; (directory = strsep(&list, ":"));) {
		if (!*directory)
			directory = (char *)".";
		if (is_in(link, directory)) {
			found = NULL;
			continue;
		}
		if (found || snprintf(path, sizeof(path), "%s/%s", directory, name) >= PATH_MAX)
			continue;
		if (is_program(path, &self))
			found = strdup(path);
	}
	return found;
}

char **link_arguments(int *count, char **argv)
{
	const char *link = link_name(), *list = getenv("PATH");
	const int given = *count;
	char **arguments, *program;

	if (!link || !given)
		return NULL;
	program = list ? find_next(link, cli_text("%s", list)) : NULL;
	if (!program) {
		cli_complain("'%s' is a link to privmap, and no later directory of PATH has a "
			     "program of that name",
			     link);
		exit(NOT_FOUND);
	}
	arguments = cli_memory(((size_t)given + 5) * sizeof(*arguments));
	arguments[0] = (char *)"privmap";
	arguments[1] = (char *)"--argv0";
	arguments[2] = argv[0];
	arguments[3] = (char *)"--";
	arguments[4] = program;
	memcpy(arguments + 5, argv + 1, (size_t)given * sizeof(*arguments));
	*count = given + 4;
	return arguments;
}
