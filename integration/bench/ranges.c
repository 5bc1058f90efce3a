/*
 * What an operation costs with many converted ranges alive, against few: `make bench`. Run
 * preloaded where shared mappings are refused. Prints one line per operation: the medians of
 * several rounds, few and many in turn in the same process, and their ratio.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { FEW = 100, MANY = 10000, ROUNDS = 21, CALLS = 2000, WINDOW = 8192 };

static int file;
static void *live[MANY];
static int lives;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* JGit's way: one mapping per window of a pack. */
static void *window(int i)
{
	void *at = mmap(NULL, WINDOW, PROT_READ, MAP_SHARED, file, (off_t)(i % 2) * WINDOW);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void keep_alive(int count)
{
	for (; lives < count; lives++)
		live[lives] = window(lives);
	while (lives > count)
		munmap(live[--lives], WINDOW);
}

static void map_and_unmap(void)
{
	munmap(window(0), WINDOW);
}

static void deny_write(void)
{
	if (mprotect(live[FEW / 2], WINDOW, PROT_READ | PROT_WRITE) != -1 || errno != EACCES)
		die("mprotect");
}

static void unrelated(void)
{
	void *at = mmap(NULL, WINDOW, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mprotect(at, WINDOW, PROT_READ | PROT_WRITE))
		die("mprotect");
	munmap(at, WINDOW);
}

static double time_calls(void (*operation)(void))
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < CALLS; i++)
		operation();
	clock_gettime(CLOCK_MONOTONIC, &to);
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
	       CALLS;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), by_value);
	return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*operation)(void);
	} operations[] = {
		{ "map and unmap a candidate", map_and_unmap },
		{ "deny writing", deny_write },
		{ "map, protect, unmap other memory", unrelated },
	};

	if (argc != 2)
		return 2;
	file = open(argv[1], O_RDONLY);
	if (file < 0)
		die(argv[1]);
	printf("| operation | %d live, ns | %d live, ns | ratio |\n|---|---|---|---|\n", FEW, MANY);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		double few[ROUNDS], many[ROUNDS], ratios[ROUNDS];

		for (int round = 0; round < ROUNDS; round++) {
			keep_alive(FEW);
			few[round] = time_calls(operations[i].operation);
			keep_alive(MANY);
			many[round] = time_calls(operations[i].operation);
			ratios[round] = many[round] / few[round];
		}
		printf("| %s | %.0f | %.0f | %.2f |\n", operations[i].name, median(few),
		       median(many), median(ratios));
	}
	return 0;
}
