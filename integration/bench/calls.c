/* SPDX-License-Identifier: MIT */
/*
 * calls: the cost of a call that privmap only passes on, made by THREADS threads at once.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/*
 * Mappings are too large for existing holes, where the kernel might join them to a neighbour, which
 * takes a different time. No page is touched.
 */
enum { LARGE = 4 << 20, LENGTH = 16 * 1024, MOST_THREADS = 64 };
/* For one thread, and for several, which must run for longer to overlap at all. */
enum { CALLS = 256, BATCHES = 40, CALLS_TOGETHER = 2048, BATCHES_TOGETHER = 12 };

static int file = -1;
static void (*operation)(void *own);
static pthread_barrier_t barrier;
static int calls_of_each, batches;

static void map_and_unmap(int flags, int fd)
{
	void *at = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags, fd, 0);

	if (at == MAP_FAILED || munmap(at, LARGE))
		die("mmap");
}

static void anonymous(void *own)
{
	(void)own;
	map_and_unmap(MAP_ANONYMOUS, -1);
}

static void private(void *own)
{
	(void)own;
	map_and_unmap(0, file);
}

static void protect(void *own)
{
	if (mprotect(own, LENGTH, PROT_READ) || mprotect(own, LENGTH, PROT_READ | PROT_WRITE))
		die("mprotect");
}

static void call(void *own)
{
	for (int i = 0; i < calls_of_each; i++)
		operation(own);
}

static void *work(void *own)
{
	for (int batch = 0; batch <= batches; batch++) {
		pthread_barrier_wait(&barrier);
		call(own);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

/* Returns memory between pages without permissions, so that the kernel joins it to no neighbour. */
static void *own_memory(void)
{
	char *own = mmap(NULL, 3 * LENGTH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (own == MAP_FAILED || mprotect(own + LENGTH, LENGTH, PROT_READ | PROT_WRITE))
		die("mmap");
	return memset(own + LENGTH, 1, LENGTH);
}

static double processor_time(void)
{
	struct rusage used;

	if (getrusage(RUSAGE_SELF, &used))
		die("getrusage");
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void start(int threads)
{
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread, NULL, work, own_memory()) || pthread_detach(thread))
			die("pthread_create");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*operation)(void *own);
	} operations[] = { { "anonymous", anonymous },
			   { "private", private },
			   { "protect", protect },
			   { "live", anonymous } };
	double least = 0, least_run = 0;
	void *own;
	int threads;

	if (argc != 4 || (threads = atoi(argv[2])) < 1 || threads > MOST_THREADS) {
		fputs("usage: calls anonymous|private|protect|live THREADS FILE\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(argv[1], operations[i].name) == 0)
			operation = operations[i].operation;
	file = open(argv[3], O_RDONLY | O_CLOEXEC);
	if (!operation || file < 0)
		die(argv[3]);
	/* A mapping that rules may have converted; it stays. */
	if (strcmp(argv[1], "live") == 0 &&
	    mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED)
		die("mmap");
	calls_of_each = threads == 1 ? CALLS : CALLS_TOGETHER / threads;
	batches = threads == 1 ? BATCHES : BATCHES_TOGETHER;
	own = own_memory();
	if (threads > 1)
		start(threads);
	/* The fastest batch counts, because disturbances only add time. The first one warms up. */
	for (int batch = 0; batch <= batches; batch++) {
		double run_before = processor_time(), from = now(), took, ran;

		if (threads == 1) {
			call(own);
		} else {
			pthread_barrier_wait(&barrier);
			pthread_barrier_wait(&barrier);
		}
		took = now() - from;
		ran = processor_time() - run_before;
		if (batch <= 1 || took < least)
			least = took;
		if (batch <= 1 || ran < least_run)
			least_run = ran;
	}
	report("call", least / (calls_of_each * threads));
	report("cpu", least_run / (calls_of_each * threads));
	return 0;
}
