/* SPDX-License-Identifier: MIT */
/*
 * keptstorm SERVER MOUNT SPOOL ROUNDS: one process always rewrites, truncates, extends, renames
 * over and replaces files of SERVER. Others map them at MOUNT, shared and privately, ROUNDS times
 * in all; the kernel must refuse both kinds there. Some are killed meanwhile.
 *
 * All words of a file are the number of its version; but the first and the last page of every other
 * file are always the same, so that only its times show a change. A mapping may show only versions
 * that existed between the look before it and the one after it. Prints "N mappings, M of a kept
 * copy; K show what was not there". Exits with 1 if K is not 0, or if no copy was ever found again.
 * SPOOL is a part of the path of a kept copy.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAME UINT64_C(0xfeedfeedfeedfeed)

enum { FILES = 4, READERS = 3, LARGEST = 64 * 1024, PAGE = 4096, QUIET_US = 150 * 1000 };

/* Shared by all processes. */
static struct shared {
	_Atomic uint64_t begun[FILES], done[FILES]; /* versions */
	atomic_long rounds, mappings, of_kept, wrong;
	atomic_bool ends;
} * shared;

static const char *server, *mount, *spool;
static sigjmp_buf too_short;

static void fail(const char *what)
{
	fprintf(stderr, "keptstorm: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void pause_us(long us)
{
	nanosleep(&(struct timespec){ us / 1000000, us % 1000000 * 1000 }, NULL);
}

static void name_of(char name[4096], const char *directory, int file, const char *suffix)
{
	snprintf(name, 4096, "%s/%d%s", directory, file, suffix);
}

static bool at_an_end(int file, size_t word, size_t size)
{
	size_t page = word * sizeof(uint64_t) / PAGE;

	return file % 2 && (!page || page == size / PAGE - 1);
}

static void fill(int fd, int file, uint64_t version, size_t size)
{
	static uint64_t words[LARGEST / sizeof(uint64_t)];

	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = at_an_end(file, i, size) ? SAME : version;
	if (pwrite(fd, words, size, 0) != (ssize_t)size)
		fail("pwrite");
}

static size_t some_size(unsigned int *seed)
{
	return (size_t)(1 + rand_r(seed) % (LARGEST / PAGE)) * PAGE;
}

/* Makes a new file under another name, which is then renamed over the file, or replaces it. */
static void put_another(int file, uint64_t version, size_t size, bool unlinked)
{
	char name[4096], other[4096];
	int fd;

	name_of(name, server, file, "");
	name_of(other, server, file, ".new");
	fd = open(other, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		fail(other);
	fill(fd, file, version, size);
	close(fd);
	if (unlinked)
		unlink(name);
	if (rename(other, name))
		fail(name);
}

static void change(int file, unsigned int *seed)
{
	uint64_t version = atomic_fetch_add(&shared->begun[file], 1) + 1;
	int how = rand_r(seed) % 4;
	struct stat now;
	char name[4096];
	int fd;

	if (how < 2) {
		put_another(file, version, some_size(seed), how);
	} else {
		name_of(name, server, file, "");
		fd = open(name, O_RDWR | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &now))
			fail(name);
		if (how == 3 && ftruncate(fd, now.st_size / 2 / PAGE * PAGE))
			fail("ftruncate");
		fill(fd, file, version, (size_t)now.st_size);
		close(fd);
	}
	atomic_store(&shared->done[file], version);
}

static void write_on(void)
{
	unsigned int seed = 1;

	while (!atomic_load(&shared->ends)) {
		const long pauses[] = { 0, 2000, 20000, QUIET_US };

		for (int i = rand_r(&seed) % 3; i >= 0; i--)
			change(rand_r(&seed) % FILES, &seed);
		pause_us(pauses[rand_r(&seed) % 4]);
	}
}

static void beyond(int signal)
{
	(void)signal;
	siglongjmp(too_short, 1);
}

static bool is_kept(const void *at)
{
	char line[4096], start[32];
	bool kept = false;
	FILE *maps = fopen("/proc/self/maps", "re");

	snprintf(start, sizeof(start), "%lx-", (unsigned long)(uintptr_t)at);
	while (maps && fgets(line, sizeof(line), maps))
		kept |= strncmp(line, start, strlen(start)) == 0 && strstr(line, spool) &&
			strstr(line, "/copy-");
	if (maps)
		fclose(maps);
	return kept;
}

/* Checks what it shows; the file may have become shorter meanwhile. */
static void look_at(int file, const uint64_t *words, size_t count, uint64_t least, uint64_t most)
{
	if (sigsetjmp(too_short, 1))
		return;
	for (size_t i = 0; i < count; i++)
		if ((words[i] < least || words[i] > most) && !(file % 2 && words[i] == SAME)) {
			atomic_fetch_add(&shared->wrong, 1);
			fprintf(stderr, "word %zu of %zu: %lu, not %lu to %lu\n", i, count,
				(unsigned long)words[i], (unsigned long)least, (unsigned long)most);
			return;
		}
}

static void map_one(int file, bool private)
{
	uint64_t least = atomic_load(&shared->done[file]);
	char name[4096];
	struct stat now;
	void *at;
	int fd;

	name_of(name, mount, file, "");
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &now) || !now.st_size) {
		/* The file is just being replaced. */
		if (fd >= 0)
			close(fd);
		return;
	}
	at = mmap(NULL, (size_t)now.st_size, PROT_READ, private ? MAP_PRIVATE : MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		fail("mmap");
	atomic_fetch_add(&shared->mappings, 1);
	look_at(file, at, (size_t)now.st_size / sizeof(uint64_t), least,
		atomic_load(&shared->begun[file]));
	atomic_fetch_add(&shared->of_kept, is_kept(at));
	munmap(at, (size_t)now.st_size);
	close(fd);
}

static void read_on(unsigned int seed)
{
	while (atomic_fetch_sub(&shared->rounds, 1) > 0) {
		map_one(rand_r(&seed) % FILES, rand_r(&seed) % 2);
		if (rand_r(&seed) % 8 == 0)
			pause_us(rand_r(&seed) % 20000);
	}
}

/* Maps for ever, until it is killed. */
static void map_on(unsigned int seed)
{
	for (;;)
		map_one(rand_r(&seed) % FILES, rand_r(&seed) % 2);
}

static pid_t start(void (*run)(unsigned int), unsigned int seed)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run(seed);
	exit(0);
}

static void write_as(unsigned int unused)
{
	(void)unused;
	write_on();
}

static void kill_some(unsigned int seed)
{
	while (!atomic_load(&shared->ends)) {
		pid_t child = start(map_on, seed);

		pause_us(rand_r(&seed) % 20000);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

/* Without writers: each new process finds the copy, and does not read the file. */
static bool found_in_the_end(void)
{
	long before;

	for (int i = 0; i < 2; i++) {
		waitpid(start(map_on, 7), NULL, WNOHANG);
		pause_us(QUIET_US);
	}
	before = atomic_load(&shared->of_kept);
	pause_us(QUIET_US);
	return atomic_load(&shared->of_kept) > before;
}

int main(int argc, char **argv)
{
	pid_t readers[READERS], writer, killer;
	int status, failed = 0;

	if (argc != 5)
		return 2;
	server = argv[1];
	mount = argv[2];
	spool = argv[3];
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		fail("mmap");
	atomic_store(&shared->rounds, atol(argv[4]));
	signal(SIGBUS, beyond);
	for (int file = 0; file < FILES; file++)
		put_another(file, 0, LARGEST, false);
	writer = start(write_as, 0);
	killer = start(kill_some, 5);
	for (unsigned int i = 0; i < READERS; i++)
		readers[i] = start(read_on, 10 + i);
	for (unsigned int i = 0; i < READERS; i++) {
		waitpid(readers[i], &status, 0);
		failed |= status;
	}
	atomic_store(&shared->ends, true);
	waitpid(killer, &status, 0);
	failed |= status;
	waitpid(writer, &status, 0);
	failed |= status;
	printf("%ld mappings, %ld of a kept copy; %ld show what was not there\n",
	       atomic_load(&shared->mappings), atomic_load(&shared->of_kept),
	       atomic_load(&shared->wrong));
	failed |= !atomic_load(&shared->of_kept);
	if (!found_in_the_end()) {
		printf("none is found in the end\n");
		failed = 1;
	}
	return failed || atomic_load(&shared->wrong);
}
