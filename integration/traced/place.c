/* SPDX-License-Identifier: MIT */
/*
 * traced/place FILE: threads map FILE at chosen addresses, all at the same time, and try to write
 * there.
 */
#include "traced.h"

#include <pthread.h>

enum { THREADS = 16, APART = 0x1000000, LENGTH = 4096 };
/* After all addresses that a randomized brk() may use. */
#define FIRST ((uintptr_t)0x100000000)

static pthread_barrier_t together;
static int file;

static void *map_at(void *place)
{
	char *map;

	pthread_barrier_wait(&together);
	map = mmap(place, LENGTH, PROT_READ, MAP_SHARED, file, 0);
	if (map != place)
		_exit(1);
	if (mprotect(map, LENGTH, PROT_READ | PROT_WRITE) == 0 || errno != EACCES)
		_exit(2);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	if (argc != 2)
		return 3;
	file = open(argv[1], O_RDONLY | O_CLOEXEC);
	pthread_barrier_init(&together, NULL, THREADS);
	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, map_at, (void *)(FIRST + i * APART)))
			return 4;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 7;
}
