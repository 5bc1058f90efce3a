/* SPDX-License-Identifier: MIT */
/*
 * Reads numbers by their keys. The text begins with a newline of ours, so that the key of the first
 * line is found as all others are (gVisor's fdinfo begins with "flags:").
 */
#include "keyed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool keyed_read(struct keyed *keyed, const char *file)
{
	ssize_t count;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	keyed->text[0] = '\n';
	count = read(fd, keyed->text + 1, sizeof(keyed->text) - 2);
	close(fd);
	keyed->text[count < 0 ? 1 : count + 1] = '\0';
	return true;
}

long keyed_number(const struct keyed *keyed, const char *key, int base, long otherwise)
{
	const char *line = strstr(keyed->text, key);

	return line ? strtol(line + strlen(key), NULL, base) : otherwise;
}
