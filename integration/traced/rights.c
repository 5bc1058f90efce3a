/* SPDX-License-Identifier: MIT */
/*
 * traced/rights FILE WHAT: maps FILE after it has given up something: dumpable, files (it may open
 * none more), memory (little address space is left), user (root becomes nobody); or prints who it
 * is: id.
 */
#include "traced.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int give_up(const char *what)
{
	struct rlimit limit = { 0, 0 };

	if (strcmp(what, "dumpable") == 0)
		return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (strcmp(what, "files") == 0)
		return setrlimit(RLIMIT_NOFILE, &limit);
	if (strcmp(what, "memory") == 0) {
		limit.rlim_cur = limit.rlim_max = 16 << 20;
		return setrlimit(RLIMIT_AS, &limit);
	}
	if (strcmp(what, "user") == 0)
		return setgid(65534) || setuid(65534);
	printf("uid %d euid %d\n", (int)getuid(), (int)geteuid());
	return 0;
}

int main(int argc, char **argv)
{
	const char *file;
	char *map;
	int fd;

	if (argc != 3)
		return 2;
	file = argv[1];
	fd = open(file, O_RDONLY);
	if (fd < 0 || give_up(argv[2]))
		return 2;
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		puts(strerror(errno));
		return 1;
	}
	puts(map[0] == file[strlen(file) - 1] ? "mapped" : "other bytes");
	return 0;
}
