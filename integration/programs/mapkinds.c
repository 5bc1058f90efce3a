/* SPDX-License-Identifier: MIT */
/*
 * mapkinds: tries each kind of mapping on a file, and prints a line for each: `kind: ` and how
 * /proc/self/maps shows the mapping, shared or private, or the name of the errno.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct kind {
	const char *name;
	int open_flags;
	int protection;
	int map_flags;
} kinds[] = {
	{ "shared read, O_RDONLY", O_RDONLY, PROT_READ, MAP_SHARED },
	{ "shared read, O_RDWR", O_RDWR, PROT_READ, MAP_SHARED },
	{ "validated shared read, O_RDONLY", O_RDONLY, PROT_READ, MAP_SHARED_VALIDATE },
	{ "shared write", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED },
	{ "validated shared write", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE },
	{ "private read", O_RDONLY, PROT_READ, MAP_PRIVATE },
	{ "private write", O_RDONLY, PROT_READ | PROT_WRITE, MAP_PRIVATE },
};

static const char *errno_name(int number)
{
	static char other[16];

	switch (number) {
	case EACCES: return "EACCES";
	case EINVAL: return "EINVAL";
	case EIO: return "EIO";
	case ENODEV: return "ENODEV";
	case ENOENT: return "ENOENT";
	case ENOEXEC: return "ENOEXEC";
	case ENOMEM: return "ENOMEM";
	case ENOSYS: return "ENOSYS";
	case EOPNOTSUPP: return "EOPNOTSUPP";
	case EPERM: return "EPERM";
	case EROFS: return "EROFS";
	}
	snprintf(other, sizeof(other), "errno %d", number);
	return other;
}

/* Returns what the kernel shows: privmap answers OK for a mapping that is not shared. */
static const char *shown_as(const void *map)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	const char *answer = "not in /proc/self/maps";
	char line[512];
	void *start;
	char shared;

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%p-%*x %*3c%c", &start, &shared) == 2 && start == map)
			answer = shared == 's' ? "shared" : "private";
	if (maps)
		fclose(maps);
	return answer;
}

static void try(const char *path, const struct kind *kind)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open(path, kind->open_flags | O_CLOEXEC);
	void *map;

	if (fd < 0) {
		printf("%s: open: %s\n", kind->name, errno_name(errno));
		return;
	}
	map = mmap(NULL, size, kind->protection, kind->map_flags, fd, 0);
	printf("%s: %s\n", kind->name, map == MAP_FAILED ? errno_name(errno) : shown_as(map));
	if (map != MAP_FAILED)
		munmap(map, size);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: mapkinds FILE\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		try(argv[1], &kinds[i]);
	return 0;
}
