/* SPDX-License-Identifier: MIT */
/*
 * Shared by the preloaded tests: a file on the refusing mount, and the kernel's view of a mapping.
 */
#ifndef PRIVMAP_TESTS_PRELOAD_H
#define PRIVMAP_TESTS_PRELOAD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE ((size_t)4096)

/* Byte i of every test file: no two pages alike. */
static inline unsigned char byte_at(size_t i)
{
	return (unsigned char)(i * 7 + (i >> 8) * 13 + (i >> 16) * 3 + 1);
}

/* The name of a file in the test directory: inside of .git, so that the built-in rules serve it. */
static inline const char *served(const char *name)
{
	static __thread char path[4096];
	const char *directory = getenv("PRIVMAP_TEST_DIR");

	assert_non_null(directory);
	snprintf(path, sizeof(path), "%s/x.git", directory);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/x.git/%s", directory, name);
	return path;
}

/* The same, but no rule matches it. */
static inline const char *out_of_scope(const char *name)
{
	static __thread char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("PRIVMAP_TEST_DIR"), name);
	return path;
}

static inline void make_file(const char *path, size_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	unsigned char *bytes = malloc(size + 1);

	assert_true(fd >= 0);
	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_at(i);
	assert_int_equal(write(fd, bytes, size), size);
	free(bytes);
	close(fd);
}

/* Makes a served file of size bytes, and opens it with flags. */
static inline int open_served(const char *name, size_t size, int flags)
{
	int fd;

	make_file(served(name), size);
	fd = open(served(name), flags);
	assert_true(fd >= 0);
	return fd;
}

static inline void *map_shared(int fd, size_t length)
{
	void *at = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		fail_msg("mmap: %s", strerror(errno));
	return at;
}

static inline void assert_bytes(const void *at, size_t offset, size_t length)
{
	const unsigned char *bytes = at;

	for (size_t i = 0; i < length; i++)
		if (bytes[i] != byte_at(offset + i))
			fail_msg("byte %zu is %u, not %u", i, bytes[i], byte_at(offset + i));
}

/* The line of /proc/self/maps for address, "" if nothing is mapped there: "r--p", "rw-s"... */
static inline const char *kind_of(const void *address)
{
	static __thread char kind[8];
	unsigned long start, end, at = (unsigned long)address;
	char line[8192];
	FILE *maps = fopen("/proc/thread-self/maps", "re");

	assert_non_null(maps);
	kind[0] = '\0';
	while (fgets(line, sizeof(line), maps)) {
		char seen[8];

		if (sscanf(line, "%lx-%lx %7s", &start, &end, seen) == 3 && at >= start && at < end)
			memcpy(kind, seen, sizeof(kind));
	}
	fclose(maps);
	return kind;
}

static inline void assert_denied(void *addr, size_t length)
{
	errno = 0;
	assert_int_equal(mprotect(addr, length, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
}

static inline void assert_allowed(void *addr, size_t length)
{
	assert_int_equal(mprotect(addr, length, PROT_READ | PROT_WRITE), 0);
}

/* Runs body in a child; its exit status must be 0. */
static inline void in_child(void (*body)(void *), void *argument)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		body(argument);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define ASSERT_CHILD(condition)                                                                    \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			dprintf(2, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition,       \
				errno);                                                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

#endif
