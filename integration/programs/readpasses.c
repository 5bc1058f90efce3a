/* SPDX-License-Identifier: MIT */
/*
 * readpasses: reads the start of a file several times through one open file and prints for each
 * pass the first byte and by how many seconds the mtime has moved since the open, `a +0`.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char bytes[2][16];
	struct stat before, now;
	int passes;
	int fd;

	if (argc != 3 || (passes = atoi(argv[2])) < 1) {
		fputs("usage: readpasses FILE PASSES\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &before)) {
		perror(argv[1]);
		return 1;
	}
	/* The second read of a pass must change nothing: it is not at the pass's start. */
	while (passes-- > 0) {
		if (pread(fd, bytes[0], sizeof(bytes[0]), 0) <= 0 ||
		    pread(fd, bytes[1], sizeof(bytes[1]), sizeof(bytes[0])) < 0 ||
		    fstat(fd, &now)) {
			perror(argv[1]);
			return 1;
		}
		printf("%c +%ld\n", bytes[0][0], (long)(now.st_mtime - before.st_mtime));
	}
	return 0;
}
