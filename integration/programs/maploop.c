/* SPDX-License-Identifier: MIT */
// maploop FILE COUNT: maps FILE in every way a program may, COUNT times, between two calls of
// getppid() that mark the place in a trace. It goes on after a refusal. Run under strace by
// strace.sh, with and without privmap.
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void unmap(void *map, size_t length)
{
	if (map != MAP_FAILED)
		munmap(map, length);
}

static void round_trip(int reader, int writer, size_t length)
{
	void *shared = mmap(NULL, length, PROT_READ, MAP_SHARED, reader, 0);
	void *through_writer = mmap(NULL, length, PROT_READ, MAP_SHARED, writer, 0);
	void *writable = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
	void *private = mmap64(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0);
	void *anonymous = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *moved;

	if (shared != MAP_FAILED) {
		mprotect(shared, length, PROT_NONE);
		mprotect(shared, length, PROT_READ);
	}
	if (anonymous != MAP_FAILED) {
		moved = mremap(anonymous, length, 4 * length, MREMAP_MAYMOVE);
		unmap(moved, 4 * length);
	}
	unmap(shared, length);
	unmap(through_writer, length);
	unmap(writable, length);
	unmap(private, length);
}

int main(int argc, char **argv)
{
	size_t length = (size_t)sysconf(_SC_PAGESIZE);
	int reader, writer;
	long count;

	if (argc != 3 || (count = strtol(argv[2], NULL, 10)) <= 0) {
		fputs("usage: maploop FILE COUNT\n", stderr);
		return 2;
	}
	reader = open(argv[1], O_RDONLY | O_CLOEXEC);
	writer = open(argv[1], O_RDWR | O_CLOEXEC);
	if (reader < 0 || writer < 0) {
		perror(argv[1]);
		return 1;
	}
	syscall(SYS_getppid);
	while (count-- > 0)
		round_trip(reader, writer, length);
	syscall(SYS_getppid);
	return 0;
}
