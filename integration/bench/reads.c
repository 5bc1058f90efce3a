/* SPDX-License-Identifier: MIT */
/*
 * reads: maps all of FILE and reads it at random places; reports the time from before the mmap
 * until so many reads were done.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { OBJECT = 512 }; /* bytes to read at each place, like an object of a pack */

static uint64_t state = 1;

/* The same places for all variants (Knuth's MMIX generator). */
static size_t random_below(size_t limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(state >> 16) % limit;
}

int main(int argc, char **argv)
{
	static const int counts[] = { 1, 10, 100, 1000, 10000, 100000 };
	volatile const char *at;
	struct stat st;
	double from;
	int done = 0, fd;
	char name[32];

	if (argc != 2) {
		fputs("usage: reads FILE\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		die(argv[1]);
	from = now();
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (; done < counts[i]; done++) {
			size_t place = random_below((size_t)st.st_size - OBJECT);

			for (int byte = 0; byte < OBJECT; byte += 64)
				(void)at[place + (size_t)byte];
		}
		snprintf(name, sizeof(name), "%d", counts[i]);
		report(name, now() - from);
	}
	return 0;
}
