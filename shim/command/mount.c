/*
 * Looks a mount up. Called by privmapctl doctor and why.
 */
#include "mount.h"

#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number behind "mnt_id:" in /proc/self/fdinfo (Linux 3.15). */
static bool mount_id_of(int fd, unsigned long *id)
{
	FILE *info = fopen(ctl_text("/proc/self/fdinfo/%d", fd), "re");
	char line[128];
	bool found = false;

	while (info && !found && fgets(line, sizeof(line), info))
		found = sscanf(line, "mnt_id: %lu", id) == 1;
	if (info)
		fclose(info);
	return found;
}

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

/* "id parent major:minor root point options [tag...] - type source options" */
static bool split(char *line, unsigned long id, struct mount *mount)
{
	enum { POINT = 4, OPTIONS, LAST };
	char *words[LAST], *rest, *type, *source, *state = NULL;

	for (int i = 0; i < LAST; i++) {
		words[i] = strtok_r(i ? NULL : line, " \n", &state);
		if (!words[i] || (i == 0 && strtoul(words[0], NULL, 10) != id))
			return false;
	}
	do
		rest = strtok_r(NULL, " \n", &state);
	while (rest && strcmp(rest, "-") != 0);
	type = strtok_r(NULL, " \n", &state);
	source = strtok_r(NULL, " \n", &state);
	rest = strtok_r(NULL, " \n", &state);
	if (!type || !source)
		return false;
	snprintf(mount->type, sizeof(mount->type), "%s", type);
	mount->point = ctl_text("%s", unescape(words[POINT]));
	mount->source = ctl_text("%s", unescape(source));
	mount->options = ctl_text("%s%s%s", words[OPTIONS], rest ? "," : "", rest ? rest : "");
	return true;
}

bool mount_of(int fd, struct mount *mount)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	unsigned long id;
	bool found = false;
	char *line = NULL;
	size_t room = 0;

	if (!mounts)
		return false;
	if (mount_id_of(fd, &id))
		while (!found && getline(&line, &room, mounts) > 0)
			found = split(line, id, mount);
	free(line);
	fclose(mounts);
	return found;
}
