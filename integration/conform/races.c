/* SPDX-License-Identifier: MIT */
/*
 * Conformance: a mapping already exists, but the call that made it has not returned. Other threads
 * may not make it writable then, and the library may not forget it.
 */
#include "children.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#define READ_WRITE (PROT_READ | PROT_WRITE)

enum { SIZE = 2 * CONFORM_PAGE };

/* Of the running case; each case has its own process. */
static int file;
static char *at;

static bool denied(void *map, size_t length)
{
	return mprotect(map, length, READ_WRITE) == -1 && errno == EACCES;
}

/* When traced on a busy machine, there is no time for all rounds. */
static time_t enough(void)
{
	return time(NULL) + 8;
}

/* Moves a mapping away, while other threads map and unmap at its old place. */
static void *moves(void *unused)
{
	const time_t end = enough();
	uintptr_t wrong = 0;

	(void)unused;
	for (int i = 0; i < 3000 && time(NULL) < end; i++) {
		char *map = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, file, 0);

		if (map == MAP_FAILED || !denied(map, 2 * PAGE))
			return (void *)UINTPTR_MAX;
		map = mremap(map, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
		if (map == MAP_FAILED)
			return (void *)UINTPTR_MAX;
		wrong += !denied(map, PAGE) || !denied(map + 3 * PAGE, PAGE);
		munmap(map, 4 * PAGE);
	}
	return (void *)wrong;
}

static void moved(void)
{
	file = make_file("file", SIZE, 1, O_RDONLY);
	answer("writable in 4 threads: %zu", in_threads(4, moves));
}

/* --- a thread tries to make a mapping writable that another thread is just making --- */

static atomic_bool stop;
static atomic_ulong rounds;

static void *protects_always(void *unused)
{
	(void)unused;
	while (!stop) {
		mprotect(at, PAGE, READ_WRITE);
		rounds++;
	}
	return NULL;
}

/* Calls that began before have ended after this. */
static void let_it_come_round(void)
{
	unsigned long until = rounds + 2;

	while (rounds < until)
		sched_yield();
}

static bool written(void)
{
	bool yes;

	let_it_come_round();
	yes = strcmp(poke(at), "written") == 0;
	MUST(mmap(at, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
	return yes;
}

static void protected_meanwhile(void)
{
	pthread_t thread;
	const time_t end = enough();
	int mapped = 0, moved_there = 0;

	file = make_file("file", SIZE, 1, O_RDONLY);
	at = reserve(1);
	MUST(pthread_create(&thread, NULL, protects_always, NULL) == 0);
	let_it_come_round();
	for (int i = 0; i < 1500 && time(NULL) < end; i++) {
		char *map;

		map_shared_at(at, file, PAGE, 0);
		mapped += written();
		map = map_shared(file, PAGE);
		MUST(mremap(map, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at);
		moved_there += written();
	}
	stop = true;
	pthread_join(thread, NULL);
	answer("writable after MAP_FIXED: %d, after MREMAP_FIXED: %d", mapped, moved_there);
}

const struct conform_case conform_races[] = {
	{ "moved", moved, NULL },
	{ "protected-meanwhile", protected_meanwhile, NULL },
	{ 0 },
};
