/*
 * What it costs to fill a buffer: one mmap that privmap buffers, against git's way to do without
 * mmap (compat/mmap.c: malloc, then pread until all is there) and against a pread loop that keeps
 * nothing. Called by bench.sh, preloaded, with a rule that buffers FILE. Prints one row of a table.
 *
 * The three take turns in one process, each round in another order: what the machine does
 * meanwhile hits them all. Given back outside the measured time.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAYS = 3, MOST_ROUNDS = 101, PIECE = 1 << 20, GIT_PIECE = 8 << 20 };

static const char *path;
static size_t length;

static void *map(int fd)
{
	void *at = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void unmap(void *at)
{
	munmap(at, length);
}

/* As git does it: its xpread() asks for 8 MiB at most. */
static void *keep(int fd)
{
	char *at = malloc(length);

	if (!at)
		die("malloc");
	for (size_t done = 0; done < length;) {
		size_t rest = length - done;
		size_t size = rest < GIT_PIECE ? rest : GIT_PIECE;
		ssize_t count = pread(fd, at + done, size, (off_t)done);

		if (count <= 0)
			die("pread");
		done += (size_t)count;
	}
	return at;
}

static void *forget(int fd)
{
	static char piece[PIECE];

	for (size_t done = 0; done < length;) {
		ssize_t count = pread(fd, piece, sizeof(piece), (off_t)done);

		if (count <= 0)
			die("pread");
		done += (size_t)count;
	}
	return NULL;
}

static const struct way {
	void *(*take)(int fd);
	void (*give_back)(void *at);
} ways[WAYS] = { { map, unmap }, { keep, free }, { forget, free } };

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "3", 1) != 1)
		die("/proc/sys/vm/drop_caches");
	close(fd);
}

/*
 * A virtual machine may give free memory back to its host, and a page that was given back costs
 * ten times as much to get as one that is there. What each way needs shall have been in use.
 */
static void have_memory(void)
{
	size_t size = 2 * length;
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		die("mmap");
	memset(pages, 1, size);
	munmap(pages, size);
}

/* Seconds; the file is opened anew, for a closed one may leave the cache. */
static double measure(const struct way *way, int cold)
{
	double from, to;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *got;

	if (fd < 0)
		die(path);
	if (cold)
		drop_caches();
	have_memory();
	from = now();
	got = way->take(fd);
	to = now();
	way->give_back(got);
	close(fd);
	return to - from;
}

/* The line of /proc/self/maps is to name a memfd or the spool's nameless file. */
static void must_be_buffered(const char *where)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[8192];
	int found = 0;
	void *at;

	if (fd < 0 || !maps)
		die(path);
	at = map(fd);
	while (fgets(line, sizeof(line), maps)) {
		void *start;

		if (sscanf(line, "%p-", &start) == 1 && start == at)
			found = strstr(line, where) != NULL;
	}
	if (!found) {
		fprintf(stderr, "%s: not in the buffer that was wanted (%s)\n", path, where);
		exit(1);
	}
	fclose(maps);
	unmap(at);
	close(fd);
}

int main(int argc, char **argv)
{
	static double seconds[WAYS][MOST_ROUNDS], ratios[WAYS][MOST_ROUNDS];
	double speeds[WAYS];
	struct stat st;
	int rounds, cold;

	if (argc != 6 || (rounds = atoi(argv[3])) < 1 || rounds > MOST_ROUNDS) {
		fputs("usage: bench-fill FILE memory|spool ROUNDS cold|warm LABEL\n", stderr);
		return 2;
	}
	path = argv[1];
	cold = strcmp(argv[4], "cold") == 0;
	if (stat(path, &st))
		die(path);
	length = (size_t)st.st_size;
	must_be_buffered(strcmp(argv[2], "memory") == 0 ? "/memfd:privmap" : "/#");
	for (int round = 0; round < rounds; round++) {
		for (int turn = 0; turn < WAYS; turn++) {
			int way = (round + turn) % WAYS;

			seconds[way][round] = measure(&ways[way], cold);
		}
		for (int way = 1; way < WAYS; way++)
			ratios[way][round] = seconds[way][round] / seconds[0][round];
	}
	for (int way = 0; way < WAYS; way++)
		speeds[way] = (double)length / 1048576 / median(seconds[way], rounds);
	printf("| %s | %s | %s | %zu MiB | %.0f | %.0f | %.2f | %.0f | %.2f |\n", argv[5], argv[2],
	       argv[4], length >> 20, speeds[0], speeds[1], median(ratios[1], rounds), speeds[2],
	       median(ratios[2], rounds));
	fflush(stdout);
	return 0;
}
