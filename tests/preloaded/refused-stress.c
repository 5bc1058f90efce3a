/* SPDX-License-Identifier: MIT */
/*
 * Threads map, check and unmap while others fork: no deadlock, no wrong byte, no wrong or missing
 * EACCES. Run preloaded on a refusing disk (much faster than FUSE) and, with fewer rounds, on a
 * refusing mount. STRESS_ROUNDS per thread, 10,000 by default.
 */
#include "preload.h"

#include <pthread.h>

#ifndef FEWER_ROUNDS
#define FEWER_ROUNDS 1
#endif

enum { THREADS = 64, FILE_PAGES = 4, FORK_EVERY = 500 };

static int shared_fd;
static long rounds;

/* Returns what went wrong; NULL if nothing did. */
static const char *one_round(unsigned seed)
{
	size_t first = seed % FILE_PAGES;
	size_t length = (FILE_PAGES - first) * PAGE;
	unsigned char *at =
		mmap(NULL, length, PROT_READ, MAP_SHARED, shared_fd, (off_t)(first * PAGE));
	unsigned char *hole;

	if (at == MAP_FAILED)
		return "not mapped";
	for (size_t i = seed % 97; i < length; i += 509)
		if (at[i] != byte_at(first * PAGE + i))
			return "a wrong byte";
	errno = 0;
	if (mprotect(at, PAGE, PROT_READ | PROT_WRITE) != -1 || errno != EACCES)
		return "EACCES is missing";
	/* No other thread maps in our own hole: what replaces a part of it is writable. */
	hole = mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (hole != at)
		return "not replaced";
	if (mprotect(at, PAGE, PROT_READ | PROT_WRITE))
		return "a wrong EACCES";
	*at = 1;
	if (munmap(at, length))
		return "not unmapped";
	/* Fresh memory, often at addresses that this or another thread had converted. */
	at = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED || mprotect(at, length, PROT_READ | PROT_WRITE))
		return "a wrong EACCES on fresh memory";
	munmap(at, length);
	return NULL;
}

static const char *fork_and_go_on(unsigned seed)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return "no fork";
	if (!child) {
		for (unsigned i = 0; i < 20; i++)
			if (one_round(seed + i))
				_exit(1);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		return "a child failed";
	return NULL;
}

static void *work(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument * 7919;
	const char *wrong = NULL;

	for (long i = 0; i < rounds && !wrong; i++) {
		wrong = one_round(seed + (unsigned)i);
		if (!wrong && i % FORK_EVERY == FORK_EVERY - 1)
			wrong = fork_and_go_on(seed);
	}
	return (void *)wrong;
}

static void threads_and_forks(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	shared_fd = open_served("stress", FILE_PAGES * PAGE, O_RDWR);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)i), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		if (wrong)
			fail_msg("thread %zu: %s", i, (char *)wrong);
	}
	close(shared_fd);
}

int main(void)
{
	const char *given = getenv("STRESS_ROUNDS");
	const struct CMUnitTest tests[] = { cmocka_unit_test(threads_and_forks) };

	rounds = (given ? atol(given) : 10000) / FEWER_ROUNDS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
