/* SPDX-License-Identifier: MIT */
/*
 * fill: what it costs to have all of FILE in memory.
 * 	fill again FILE		one mmap, which privmap buffers, and the same once more
 * 	fill git FILE		as git does without mmap (compat/mmap.c): malloc and pread
 * 	fill memfd FILE		as any copy in a memfd: pread and pwrite of one MiB, then mmap
 * 	fill loop FILE		a pread loop into one MiB that keeps nothing
 * The first two then read all of it: `read` is the time for both.
 * cold: FILE is put out of the page cache before. The memory is freed outside of the measured time.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20, GIT_PIECE = 8 << 20 };

static int file;
static size_t length;

/*
 * Checks by its name in /proc/self/maps that it is a copy: a memfd, or a nameless file in the
 * spool.
 */
static void must_be_buffered(const void *at)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[8192];
	bool buffered = false;
	void *start;

	if (!maps)
		die("/proc/self/maps");
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%p-", &start) == 1 && start == at)
			buffered = strstr(line, "/memfd:privmap") || strstr(line, "/#");
	fclose(maps);
	if (!buffered) {
		fputs("fill: not buffered\n", stderr);
		exit(1);
	}
}

static void *map(void)
{
	void *at = mmap(NULL, length, PROT_READ, MAP_SHARED, file, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

/* Returns the seconds for reading all of it, whose pages may not be in the page tables yet. */
static double read_all(const volatile char *at)
{
	double from = now();

	for (size_t i = 0; i < length; i += 64)
		(void)at[i];
	return now() - from;
}

static void map_twice(void)
{
	double from = now(), between, to;
	void *a = map(), *b;

	between = now();
	b = map();
	to = now();
	must_be_buffered(a);
	must_be_buffered(b);
	report("fill", between - from);
	report("second", to - between);
	report("read", between - from + read_all(a));
}

static void read_to(char *to, size_t piece, bool keep)
{
	for (size_t done = 0; done < length;) {
		size_t rest = length - done;
		ssize_t count = pread(file, keep ? to + done : to, rest < piece ? rest : piece,
				      (off_t)done);

		if (count <= 0)
			die("pread");
		done += (size_t)count;
	}
}

/* git's xpread() reads at most 8 MiB. */
static void as_git(void)
{
	double from = now(), filled;
	char *at = malloc(length);

	if (!at)
		die("malloc");
	read_to(at, GIT_PIECE, true);
	filled = now() - from;
	report("fill", filled);
	report("read", filled + read_all(at));
	free(at);
}

static void loop(void)
{
	static char piece[PIECE];
	double from = now();

	read_to(piece, sizeof(piece), false);
	report("fill", now() - from);
}

static void to_memfd(void)
{
	static char piece[PIECE];
	double from = now();
	int fd = memfd_create("bench", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)length))
		die("memfd_create");
	for (size_t done = 0; done < length;) {
		ssize_t count = pread(file, piece, sizeof(piece), (off_t)done);

		if (count <= 0 || pwrite(fd, piece, (size_t)count, (off_t)done) != count)
			die("pread");
		done += (size_t)count;
	}
	if (mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		die("mmap");
	report("fill", now() - from);
}

/*
 * A virtual machine may return free memory to its host, and then a page costs ten times as much. So
 * this uses the needed memory once before.
 */
static void have_memory(void)
{
	size_t size = length + length / 4;
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		die("mmap");
	memset(pages, 1, size);
	munmap(pages, size);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*take)(void);
	} ways[] = { { "again", map_twice }, { "git", as_git }, { "memfd", to_memfd },
		    { "loop", loop } };
	struct stat st;

	if (argc < 3 || argc > 4) {
		fputs("usage: fill again|git|memfd|loop FILE [cold]\n", stderr);
		return 2;
	}
	file = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &st))
		die(argv[2]);
	length = (size_t)st.st_size;
	have_memory();
	if (argc == 4 && posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED))
		die("posix_fadvise");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			ways[i].take();
	return 0;
}
