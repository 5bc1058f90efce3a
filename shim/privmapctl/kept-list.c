/* SPDX-License-Identifier: MIT */
/*
 * Looks at the directory of kept copies that an engine would use, and at no other. Touches only
 * files with names of copies.
 */
#include "kept-list.h"

#include "ctl.h"
#include "kept-room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void name_problem(struct kept_list *list, int error)
{
	if (error != ENOENT)
		list->problem = cli_text("%s: %s", list->directory, strerror(error));
}

static DIR *open_list(struct kept_list *list, const struct settings *settings)
{
	struct stat found;
	DIR *directory;
	int fd;

	*list = (struct kept_list){ .directory = NULL };
	list->directory =
		cli_text("%s%s%u", settings->buffer_spool, KEPT_DIRECTORY, (unsigned)geteuid());
	fd = open(list->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &found)) {
		name_problem(list, errno);
	} else if (found.st_uid != geteuid() || (found.st_mode & 07777) != S_IRWXU) {
		list->problem = cli_text("%s is not this user's alone (mode 0700): no copies are "
					 "kept there",
					 list->directory);
	} else {
		directory = fdopendir(fd);
		if (directory)
			return directory;
		name_problem(list, errno);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void look_at(struct kept_list *list, DIR *directory, const char *name, bool remove)
{
	enum kept_kind kind = kept_kind_of(name, NULL, NULL);
	struct stat found;

	if (kind == KEPT_NOT_OURS || fstatat(dirfd(directory), name, &found, AT_SYMLINK_NOFOLLOW))
		return;
	if (remove && unlinkat(dirfd(directory), name, 0)) {
		name_problem(list, errno);
		return;
	}
	if (kind == KEPT_SEEN)
		return;
	list->copies++;
	list->bytes += (uint64_t)found.st_size;
}

static void look_at_all(struct kept_list *list, const struct settings *settings, bool remove)
{
	DIR *directory = open_list(list, settings);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		look_at(list, directory, entry->d_name, remove);
	closedir(directory);
	/* Other files may be in it; they stay. */
	if (remove && rmdir(list->directory) && errno != ENOTEMPTY && errno != EEXIST)
		name_problem(list, errno);
}

void kept_list(struct kept_list *list, const struct settings *settings)
{
	look_at_all(list, settings, false);
}

void kept_remove(struct kept_list *list, const struct settings *settings)
{
	look_at_all(list, settings, true);
}
