/*
 * What a second mapping of a buffered file costs, which shares the copy of the first. Called by
 * bench.sh, preloaded, with a rule that buffers FILE. Prints a table.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 11 };

int main(int argc, char **argv)
{
	double first[ROUNDS], second[ROUNDS], ratios[ROUNDS];
	struct stat st;
	size_t length;
	int fd;

	if (argc != 2) {
		fputs("usage: bench-again FILE\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		die(argv[1]);
	length = (size_t)st.st_size;
	for (int round = 0; round < ROUNDS; round++) {
		double from = now(), between, to;
		void *a = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0), *b;

		between = now();
		b = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
		to = now();
		if (a == MAP_FAILED || b == MAP_FAILED)
			die("mmap");
		munmap(a, length);
		munmap(b, length);
		first[round] = between - from;
		second[round] = to - between;
		ratios[round] = first[round] / second[round];
	}
	printf("| mapping of %zu MiB | µs |\n|---|---|\n", length >> 20);
	printf("| the first | %.0f |\n| the second | %.0f |\n", median(first, ROUNDS) * 1e6,
	       median(second, ROUNDS) * 1e6);
	printf("\nThe second is %.0f times as fast.\n", median(ratios, ROUNDS));
	return 0;
}
