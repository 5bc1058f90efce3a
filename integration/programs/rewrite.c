/* SPDX-License-Identifier: MIT */
/*
 * rewrite SERVER MOUNT [SECONDS QUIET]: writes a file of SERVER again and again, as the server or
 * another client would, and maps it at MOUNT each time, as soon as possible. No mapping may show
 * bytes that are older than the call. Sometimes it leaves the file alone for up to QUIET
 * milliseconds; then mappings may share a copy.
 *
 * Each write is a number. Prints "N mappings, M of a copy that was there; K show what was no longer
 * there". Exits with 1 if K is not 0, or if no copy is shared after the file is left alone. Without
 * SECONDS and QUIET, the file becomes a database, again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 4096, KEPT = 8, TRIES = 50 };

static int server;
static long quiet_ms;
static _Atomic uint64_t written; /* is there, for all who ask now */
static atomic_bool ends;
static unsigned long mappings, shared, stale;

static void fail(const char *what)
{
	fprintf(stderr, "rewrite: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void pause_us(long us)
{
	nanosleep(&(struct timespec){ us / 1000000, us % 1000000 * 1000 }, NULL);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/*
 * Writes two or three times in quick succession, maybe within one tick, and then pauses for any
 * time.
 */
static void *write_again(void *unused)
{
	unsigned int seed = (unsigned int)getpid();
	uint64_t number = atomic_load(&written);

	(void)unused;
	while (!atomic_load(&ends)) {
		long pauses[] = { 0, 5000, 60000, rand_r(&seed) % (quiet_ms * 1000) };

		for (int i = rand_r(&seed) % 3; i >= 0; i--) {
			number++;
			if (pwrite(server, &number, sizeof(number), 0) != sizeof(number))
				fail("pwrite");
			atomic_store(&written, number);
			pause_us(rand_r(&seed) % 1500);
		}
		pause_us(pauses[(unsigned int)rand_r(&seed) % (sizeof(pauses) / sizeof(*pauses))]);
	}
	return NULL;
}

static const uint64_t *map(int fd)
{
	void *at = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	return at;
}

/* Returns the inode that the kernel shows for the mapping. */
static unsigned long inode_of(const void *at)
{
	char line[4096], start[32];
	unsigned long inode = 0;
	FILE *maps = fopen("/proc/self/maps", "re");

	snprintf(start, sizeof(start), "%lx-", (unsigned long)(uintptr_t)at);
	while (maps && fgets(line, sizeof(line), maps))
		if (strncmp(line, start, strlen(start)) == 0)
			sscanf(line, "%*s %*s %*s %*s %lu", &inode);
	if (maps)
		fclose(maps);
	return inode;
}

/* Opens it on the server, for the writer, and where it is mapped. */
static int open_both(char **directories)
{
	char name[4096], page[SIZE] = { 0 };
	int fd;

	snprintf(name, sizeof(name), "%s/file", directories[0]);
	server = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (server < 0 || write(server, page, SIZE) != SIZE)
		fail(name);
	snprintf(name, sizeof(name), "%s/file", directories[1]);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(name);
	return fd;
}

static void map_until(int fd, double until)
{
	const uint64_t *kept[KEPT] = { NULL };
	unsigned long last = 0;

	for (; now() < until; mappings++) {
		uint64_t least = atomic_load(&written);
		const uint64_t *at = map(fd);
		size_t place = mappings % KEPT;
		unsigned long inode;

		stale += *at < least;
		inode = inode_of(at);
		shared += inode && inode == last;
		last = inode;
		if (kept[place])
			munmap((void *)(uintptr_t)kept[place], SIZE);
		kept[place] = at;
		if (mappings % 64 == 63)
			pause_us(2000);
	}
}

/*
 * Without writers, mappings share a copy, usually at the first try. On a busy machine, each mapping
 * may be the first for which the file is settled, or the kernel may just ask for its attributes
 * again.
 */
static bool is_shared_in_the_end(int fd)
{
	map(fd);
	for (int try = 0; try < TRIES; try++) {
		pause_us(quiet_ms * 1000);
		if (inode_of(map(fd)) == inode_of(map(fd)))
			return true;
	}
	return false;
}

/* A file that has become a database is no longer served. */
static int become_database(int fd)
{
	static const char header[16] = "SQLite format 3", none[16] = "";
	unsigned long served = 0;

	for (int i = 0; i < 100; i++) {
		if (pwrite(server, none, sizeof(none), 0) != sizeof(none))
			fail("pwrite");
		pause_us(i % 4 * 25000);
		map(fd);
		if (pwrite(server, header, sizeof(header), 0) != sizeof(header))
			fail("pwrite");
		pause_us(i % 3 * 25000);
		served += mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED;
	}
	printf("%lu of 100 databases were served\n", served);
	return served != 0;
}

int main(int argc, char **argv)
{
	pthread_t writer;
	bool shares;
	int fd;

	if (argc != 3 && argc != 5)
		return 2;
	fd = open_both(argv + 1);
	if (argc == 3)
		return become_database(fd);
	quiet_ms = atol(argv[4]);
	if (pthread_create(&writer, NULL, write_again, NULL))
		fail("pthread_create");
	map_until(fd, now() + atof(argv[3]));
	atomic_store(&ends, true);
	pthread_join(writer, NULL);
	shares = is_shared_in_the_end(fd);
	printf("%lu mappings, %lu of a copy that was there; %lu show what was no longer there%s\n",
	       mappings, shared, stale, shares ? "" : "; none is shared in the end");
	return stale != 0 || !shares;
}
