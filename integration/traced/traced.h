/* SPDX-License-Identifier: MIT */
/*
 * What these programs share: one mapping, as those make it that privmap is for. They are static, so
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

/* A mapping of the whole file, of that type; MAP_FAILED with an errno. size is set. */
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

/* 0 if the file is mapped with what read(2) reads, which is 64 times its name's last letter. */
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
