/* SPDX-License-Identifier: MIT */
/*
 * ranges: the cost of calls while 10, 100, 10,000 and 100,000 mappings of FILE exist, but at most
 * MOST, by THREADS at once.
 *
 * The mappings are neighbours and show the file in order: the kernel, which permits 65,530 by
 * default, counts them as one. For the library, each is a separate range.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

enum { WINDOW = 4096, MOST_LIVES = 100000, MOST_THREADS = 64 };

static const int sizes[] = { 10, 100, 10000, MOST_LIVES };

static int file, flags, threads, operations, batches;
static char *place;
static int lives;
static pthread_barrier_t barrier;
static void (*operation)(void);
static bool ended;

static void keep_alive(int count)
{
	for (; lives < count; lives++) {
		char *wanted = place + (size_t)lives * WINDOW;

		if (mmap(wanted, WINDOW, PROT_READ, flags, file, (off_t)lives * WINDOW) != wanted)
			die("mmap");
	}
}

static void *map(int prot, int how, int fd)
{
	void *at = mmap(NULL, WINDOW, prot, how, fd, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void candidate(void)
{
	munmap(map(PROT_READ, flags, file), WINDOW);
}

static void deny_write(void)
{
	char *at = place + (size_t)(lives / 2) * WINDOW;

	if (mprotect(at, WINDOW, PROT_READ | PROT_WRITE) != -1 || errno != EACCES)
		die("mprotect");
}

static void other_memory(void)
{
	void *at = map(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (mprotect(at, WINDOW, PROT_READ | PROT_WRITE))
		die("mprotect");
	munmap(at, WINDOW);
}

static void *work(void *unused)
{
	(void)unused;
	for (;;) {
		pthread_barrier_wait(&barrier);
		if (ended)
			return NULL;
		for (int i = 0; i < operations / threads; i++)
			operation();
		pthread_barrier_wait(&barrier);
	}
}

/* Returns the seconds for one call, in the fastest batch. */
static double measure(void (*one)(void))
{
	double least = 0;

	operation = one;
	for (int batch = 0; batch <= batches; batch++) {
		double from = now(), took;

		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		took = now() - from;
		if (batch == 0 || took < least)
			least = took;
	}
	return least / operations;
}

/* Finds a place with room after it, where the kernel puts mappings without an address. */
static void find_place(void)
{
	size_t length = (size_t)MOST_LIVES * WINDOW * 2;

	place = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (place == MAP_FAILED || munmap(place, length))
		die("mmap");
}

int main(int argc, char **argv)
{
	pthread_t thread[MOST_THREADS];
	char name[64];

	if (argc != 5 || (threads = atoi(argv[2])) < 1 || threads > MOST_THREADS) {
		fputs("usage: ranges shared|private THREADS FILE MOST\n", stderr);
		return 2;
	}
	flags = strcmp(argv[1], "shared") == 0 ? MAP_SHARED : MAP_PRIVATE;
	/* Several threads must run for longer to overlap at all. */
	operations = threads == 1 ? 256 : 2048;
	batches = threads == 1 ? 16 : 3;
	file = open(argv[3], O_RDONLY | O_CLOEXEC);
	if (file < 0)
		die(argv[3]);
	pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, NULL))
			die("pthread_create");
	find_place();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (sizes[i] > atoi(argv[4]))
			break;
		keep_alive(sizes[i]);
		snprintf(name, sizeof(name), "map-%d", sizes[i]);
		report(name, measure(candidate));
		snprintf(name, sizeof(name), "other-%d", sizes[i]);
		report(name, measure(other_memory));
		if (flags == MAP_PRIVATE)
			continue;
		snprintf(name, sizeof(name), "deny-%d", sizes[i]);
		report(name, measure(deny_write));
	}
	ended = true;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
