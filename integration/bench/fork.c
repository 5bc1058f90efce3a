/* SPDX-License-Identifier: MIT */
/*
 * fork: the cost of fork(2) for a process that has mapped and touched all of FILE, or as much
 * anonymous memory.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 15, WINDOW = 8 << 20 };

static void touch(const volatile char *at, size_t length)
{
	for (size_t i = 0; i < length; i += 4096)
		(void)at[i];
}

static void map(int fd, size_t size, size_t window)
{
	for (size_t offset = 0; offset < size; offset += window) {
		size_t rest = size - offset, length = rest < window ? rest : window;
		void *at = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)offset);

		if (at == MAP_FAILED)
			die("mmap");
		touch(at, length);
	}
}

static void take_memory(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	/* As in most processes: huge pages would need fewer entries. */
	madvise(at, size, MADV_NOHUGEPAGE);
	memset(at, 1, size);
}

/* Returns the seconds until the child has ended and was waited for. */
static double time_fork(void)
{
	double from = now();
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return now() - from;
}

int main(int argc, char **argv)
{
	double seconds[ROUNDS];
	struct stat st;
	size_t size;
	int fd;

	if (argc != 3) {
		fputs("usage: fork whole|windows|memory FILE\n", stderr);
		return 2;
	}
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		die(argv[2]);
	size = (size_t)st.st_size;
	if (strcmp(argv[1], "memory") == 0)
		take_memory(size);
	else
		map(fd, size, strcmp(argv[1], "windows") == 0 ? WINDOW : size);
	for (int round = 0; round < ROUNDS; round++)
		seconds[round] = time_fork();
	report("fork", median(seconds, ROUNDS));
	return 0;
}
