/* SPDX-License-Identifier: MIT */
/*
 * mapleaks FILE ROUNDS [private]: maps, reads and unmaps parts of FILE, again and again, like a
 * long-lived program. Mappings must equal the results of read(2). The last line has the number of
 * mappings, and the errno of failures; and for the process: fds, mappings that came in the second
 * half of the rounds, KiB of addresses and of shared memory. (The number of all mappings varies,
 * because neighbours may become one.)
 */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAPS = 4 };

static char *text;
static size_t size;
static unsigned long mapped, refused;
static int refusal;

static void wrong(const char *what)
{
	printf("wrong: %s (errno %d)\n", what, errno);
	exit(1);
}

/* Sets a new errno before: only a failure may change it. */
static void *map(int fd, int type, size_t offset, size_t length)
{
	void *result;

	errno = 4095;
	result = mmap(NULL, length, PROT_READ, type, fd, (off_t)offset);
	if (result == MAP_FAILED) {
		refused++;
		if (refusal && errno != refusal)
			wrong("another errno than before");
		refusal = errno;
		return NULL;
	}
	if (errno != 4095)
		wrong("errno was changed by a call that did not fail");
	mapped++;
	if (memcmp(result, text + offset, length < size - offset ? length : size - offset) != 0)
		wrong("other bytes than in the file");
	return result;
}

/* Maps the whole file twice, which may share a copy; and a part, twice. */
static void round_of(int fd, int type)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t lengths[MAPS] = { size, size, 3 * page, page };
	const size_t offsets[MAPS] = { 0, 0, page, page };
	void *maps[MAPS];

	for (size_t i = 0; i < MAPS; i++)
		maps[i] = map(fd, type, offsets[i], lengths[i]);
	for (size_t i = 0; i < MAPS; i++)
		if (maps[i] && munmap(maps[i], lengths[i]))
			wrong("munmap");
}

static unsigned long count_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned long count = 0;

	while (directory && readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* Counts the lines of a file in /proc; with a name, returns the number after it. Maps no memory. */
static unsigned long count_in(const char *path, const char *name)
{
	static char buffer[1 << 16];
	size_t length = 0;
	ssize_t got;
	unsigned long lines = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *found;

	while ((got = read(fd, buffer + length, sizeof(buffer) - 1 - length)) > 0)
		length += (size_t)got;
	close(fd);
	buffer[length] = '\0';
	if (name) {
		found = strstr(buffer, name);
		return found ? strtoul(found + strlen(name), NULL, 10) : 0;
	}
	for (size_t i = 0; i < length; i++)
		lines += buffer[i] == '\n';
	return lines;
}

int main(int argc, char **argv)
{
	int type = argc == 4 && strcmp(argv[3], "private") == 0 ? MAP_PRIVATE : MAP_SHARED;
	int fd = argc < 3 ? -1 : open(argv[1], O_RDONLY | O_CLOEXEC);
	unsigned long maps = 0;
	struct stat st;
	long rounds;

	if (fd < 0 || fstat(fd, &st)) {
		fputs("usage: mapleaks FILE ROUNDS [private]\n", stderr);
		return 2;
	}
	size = (size_t)st.st_size;
	text = malloc(size);
	if (!text || pread(fd, text, size, 0) != st.st_size)
		wrong("read");
	rounds = strtol(argv[2], NULL, 10);
	for (long i = 0; i < rounds; i++) {
		if (i == (rounds + 1) / 2)
			maps = count_in("/proc/self/maps", NULL);
		round_of(fd, type);
	}
	if (maps)
		maps = count_in("/proc/self/maps", NULL) - maps;
	printf("mapped %lu refused %lu errno %d fds %lu more %lu size %lu shared %lu\n", mapped,
	       refused, refusal, count_fds(), maps, count_in("/proc/self/status", "VmSize:"),
	       count_in("/proc/self/status", "RssShmem:"));
	return 0;
}
