/* SPDX-License-Identifier: MIT */
/*
 * Shared by these programs: one mapping, as affected clients make it. The programs are static, so
 * that only the trace engine serves them.
 */
#ifndef PRIVMAP_TRACED_H
#define PRIVMAP_TRACED_H

#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK = 64 };

/* Maps the whole file, with that type; MAP_FAILED with an errno. Sets size. */
static inline void *map_whole_as(const char *name, int type, size_t *size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	void *map = MAP_FAILED;
	struct stat st;
	int error;

	if (fd < 0)
		return MAP_FAILED;
	if (fstat(fd, &st) == 0) {
		*size = (size_t)st.st_size;
		map = mmap(NULL, *size, PROT_READ, type, fd, 0);
	}
	error = errno;
	close(fd);
	errno = error;
	return map;
}

static inline void *map_whole(const char *name, size_t *size)
{
	return map_whole_as(name, MAP_SHARED, size);
}

/*
 * Maps the file, looks and unmaps. Returns 0 if it begins with 64 times the last letter of its
 * name, else an errno.
 */
static inline int map_and_look_as(const char *name, int type)
{
	char want[LOOK];
	size_t size = 0;
	void *map = map_whole_as(name, type, &size);
	int result;

	if (map == MAP_FAILED)
		return errno;
	memset(want, name[strlen(name) - 1], sizeof(want));
	result = size < sizeof(want) || memcmp(map, want, sizeof(want)) ? EILSEQ : 0;
	return munmap(map, size) ? errno : result;
}

static inline int map_and_look(const char *name)
{
	return map_and_look_as(name, MAP_SHARED);
}

#endif
