/* SPDX-License-Identifier: MIT */
/*
 * Finds a mount as the engines do, and reads more about it.
 */
#include "mount.h"

#include "ctl.h"
#include "inode.h"
#include "mountinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel writes blanks and backslashes as \ooo. */
static char *unescape(char *word)
{
	char *to = word;

	for (const char *p = word; *p;) {
		if (p[0] == '\\' && strspn(p + 1, "01234567") >= 3) {
			*to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 4;
		} else {
			*to++ = *p++;
		}
	}
	*to = '\0';
	return word;
}

static bool names_option(const char *options, const char *option, size_t length)
{
	for (; *options; options += options[0] == ',') {
		size_t n = strcspn(options, ",");

		if (n == length && memcmp(options, option, n) == 0)
			return true;
		options += n;
	}
	return false;
}

/* Joins the options of the mount and those of the filesystem, each once: both have "rw". */
static char *all_options(const char *options, const char *its)
{
	char *all = cli_text("%s", options);

	for (; *its; its += its[0] == ',') {
		size_t length = strcspn(its, ",");

		if (length && !names_option(options, its, length))
			all = cli_text("%s,%.*s", all, (int)length, its);
		its += length;
	}
	return all;
}

/* Format: "id parent major:minor root point options [tag...] - type source options". */
bool mount_split(const char *line, struct mount *mount)
{
	const char *rest = strstr(line, " - ");
	char *point, *options, *source, *its, *type;
	int count;

	if (!rest || sscanf(rest, " - %ms", &type) != 1 ||
	    sscanf(line, "%*u %*u %*s %*s %ms %ms", &point, &options) != 2)
		return false;
	count = sscanf(rest, " - %*s %ms %ms", &source, &its);
	if (count < 1)
		return false;
	snprintf(mount->type, sizeof(mount->type), "%s", type);
	mount->point = unescape(point);
	mount->source = unescape(source);
	mount->options = count < 2 ? options : all_options(options, its);
	return true;
}

bool mount_of(int fd, struct mount *mount)
{
	struct mountinfo_reader reader = { .found = false };
	struct inode inode;
	FILE *mounts;
	bool found = false;
	char *line = NULL;
	size_t room = 0;

	if (!inode_look(fd, &inode))
		return false;
	reader.device = inode.now.file.device;
	if (!mountinfo_find(&reader, "/proc/self", fd))
		return false;
	mounts = fopen("/proc/self/mountinfo", "re");
	while (mounts && !found && getline(&line, &room, mounts) > 0)
		found = strtoull(line, NULL, 10) == reader.id && mount_split(line, mount);
	free(line);
	if (mounts)
		fclose(mounts);
	return found;
}
