/*
 * Reads numbers by their keys. Called by start.c, tracees.c, subject.c and guard.c.
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
	count = read(fd, keyed->text, sizeof(keyed->text) - 1);
	close(fd);
	keyed->text[count < 0 ? 0 : count] = '\0';
	return true;
}

long keyed_number(const struct keyed *keyed, const char *key, int base, long otherwise)
{
	const char *line = strstr(keyed->text, key);

	return line ? strtol(line + strlen(key), NULL, base) : otherwise;
}
