/* SPDX-License-Identifier: MIT */
/*
 * mapturns FILE...: maps the start of each, shared, one after the other, and then unmaps each. Each
 * time two calls of getppid() mark what lies between them in a trace. `wait` in place of a file
 * lets a tenth of a second pass. It goes on after a refusal.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TURNS = 16, LENGTH = 20000 };

int main(int argc, char **argv)
{
	void *maps[TURNS];
	int files[TURNS];
	int count = argc - 1;

	if (count < 1 || count > TURNS) {
		fputs("usage: mapturns FILE...\n", stderr);
		return 2;
	}
	for (int i = 0; i < count; i++) {
		files[i] = -1;
		if (strcmp(argv[i + 1], "wait") != 0 &&
		    (files[i] = open(argv[i + 1], O_RDONLY | O_CLOEXEC)) < 0) {
			perror(argv[i + 1]);
			return 1;
		}
	}
	for (int i = 0; i < count; i++) {
		if (files[i] < 0) {
			usleep(100 * 1000);
			continue;
		}
		syscall(SYS_getppid);
		maps[i] = mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, files[i], 0);
		syscall(SYS_getppid);
	}
	for (int i = 0; i < count; i++)
		if (files[i] >= 0 && maps[i] != MAP_FAILED) {
			syscall(SYS_getppid);
			munmap(maps[i], LENGTH);
			syscall(SYS_getppid);
		}
	return 0;
}
