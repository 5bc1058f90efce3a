/* SPDX-License-Identifier: MIT */
/*
 * once: a program that maps FILE once, shared, and ends.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	int fd = open(argc == 2 ? argv[1] : "", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		die("once");
	return 0;
}
