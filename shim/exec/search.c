/* SPDX-License-Identifier: MIT */
/*
 * Searches PATH as execvp(3) does.
 */
#include "search.h"

#include "kernel.h"
#include "start.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

extern char **environ;

static const char *path_list(void)
{
	const char *value = NULL;

	for (char **entry = environ; entry && *entry && !value; entry++)
		value = value_of(*entry, "PATH");
	return value ?: "/bin:/usr/bin";
}

static bool is_searched(const char *file)
{
	size_t length = strlen(file);

	return length && length <= NAME_MAX && !strchr(file, '/') && own_counts(file);
}

size_t search_room(const char *file)
{
	size_t longest = 0;

	if (!is_searched(file))
		return 0;
	for (const char *list = path_list(); *list; list += *list == ':') {
		size_t directory = strcspn(list, ":");

		if (directory > longest && directory < PATH_MAX)
			longest = directory;
		list += directory;
	}
	return longest + strlen(file) + 2;
}

/* After these errors execvp(3) continues. */
static bool goes_on(word error)
{
	return error == -ENOENT || error == -EACCES || error == -ENOTDIR || error == -ESTALE ||
	       error == -ENODEV || error == -ETIMEDOUT;
}

/* What execve(2) would say: EACCES for a directory, which access(2) allows to search. */
static word may_run(const char *path)
{
	struct statx found;
	word error = kernel(SYS_faccessat, AT_FDCWD, path, X_OK);

	if (!error && !kernel(SYS_statx, AT_FDCWD, path, 0, STATX_TYPE, &found) &&
	    !S_ISREG(found.stx_mode))
		error = -EACCES;
	return error;
}

const char *search(const char *file, char *room)
{
	if (!is_searched(file))
		return strchr(file, '/') ? file : NULL;
	for (const char *list = path_list();; list++) {
		size_t directory = strcspn(list, ":");
		char *end = room;
		word error;

		if (directory < PATH_MAX) {
			memcpy(room, list, directory);
			end += directory;
			if (directory)
				*end++ = '/';
			memcpy(end, file, strlen(file) + 1);
			error = may_run(room);
			if (!error)
				return room;
			if (!goes_on(error))
				return NULL;
		}
		list += directory;
		if (!*list)
			return NULL;
	}
}
