/* SPDX-License-Identifier: MIT */
/*
 * Conformance: several threads make, change and unmap mappings; threads that are cancelled, have
 * little stack, or outlive main().
 */
#include "children.h"

#include <alloca.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#define READ_WRITE (PROT_READ | PROT_WRITE)

enum { SIZE = 20 * CONFORM_PAGE + 100, SEED = 7 };

/* Of the running case; each case has its own process. */
static int file;
static char *at;

static bool holds(const void *map, size_t offset, size_t length)
{
	return strcmp(compare(map, offset, length, SEED), "as the file") == 0;
}

static bool denied(void *map, size_t length)
{
	return mprotect(map, length, READ_WRITE) == -1 && errno == EACCES;
}

/* Does everything with a mapping; TURN gives its offset and size. It never grows beyond its first
 * size: a copy of a part ends where the part ends (topic remap). */
static bool whole_life(unsigned int turn)
{
	size_t page = turn % 16;
	size_t length = (4 + turn % 4) * PAGE;
	char *map = mmap(NULL, length, PROT_READ, MAP_SHARED, file, (off_t)(page * PAGE));
	bool fine;

	if (map == MAP_FAILED)
		return false;
	fine = holds(map, page * PAGE, 4 * PAGE);
	fine &= denied(map, length) && denied(map + PAGE, PAGE);
	fine &= mprotect(map, PAGE, PROT_NONE) == 0 && mprotect(map, PAGE, PROT_READ) == 0;
	map = mremap(map, length, 2 * PAGE, 0);
	if (map == MAP_FAILED)
		return false;
	map = mremap(map, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	if (map == MAP_FAILED)
		return false;
	fine &= holds(map, page * PAGE, 4 * PAGE) && denied(map + 3 * PAGE, PAGE);
	fine &= munmap(map + PAGE, PAGE) == 0;
	fine &= holds(map + 2 * PAGE, (page + 2) * PAGE, 2 * PAGE);
	fine &= denied(map + 2 * PAGE, 2 * PAGE);
	fine &= munmap(map, PAGE) == 0 && munmap(map + 2 * PAGE, 2 * PAGE) == 0;
	return fine;
}

static void *lives(void *first)
{
	uintptr_t wrong = 0;

	for (unsigned int i = 0; i < 150; i++)
		wrong += !whole_life((unsigned int)(uintptr_t)first + 7 * i);
	return (void *)wrong;
}

static void same_file(void)
{
	file = make_file("file", SIZE, SEED, O_RDONLY);
	answer("wrong in 6 threads of 150 rounds: %zu", in_threads(6, lives));
}

/* --- one thread maps, others use the mapping, another one unmaps --- */

static void in_thread(void *(*run)(void *))
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, run, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
}

static void *maps(void *unused)
{
	(void)unused;
	file = make_letters("file", 4, O_RDONLY);
	at = map_shared_at(reserve(4), file, 4 * PAGE, 0);
	return NULL;
}

static void *protects(void *unused)
{
	(void)unused;
	answer("another thread sees %s", view(at, 4));
	answer("makes it writable: %s", said(mprotect(at, 4 * PAGE, READ_WRITE)));
	answer("makes it inaccessible: %s", said(mprotect(at, PAGE, PROT_NONE)));
	return NULL;
}

static void *unmaps(void *unused)
{
	(void)unused;
	answer("a third unmaps: %s", said(munmap(at + 2 * PAGE, PAGE)));
	answer("sees %s", view(at, 4));
	return NULL;
}

static void handed_around(void)
{
	in_thread(maps);
	in_thread(protects);
	in_thread(unmaps);
	answer("makes it writable: %s", said(mprotect(at, 2 * PAGE, READ_WRITE)));
	answer("and the rest: %s", said(mprotect(at + 3 * PAGE, PAGE, READ_WRITE)));
	answer("sees %s", view(at, 4));
}

/* --- a thread with little stack left: one and a half pages --- */

enum { STACK_LEFT = 6 * 1024 };

static bool small_fine[6];

static __attribute__((noinline)) void with_little_stack(void)
{
	char *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);

	small_fine[0] = map != MAP_FAILED && holds(map, 0, SIZE);
	small_fine[1] = denied(map, SIZE);
	map = mremap(map, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	small_fine[2] = map != MAP_FAILED && holds(map, 0, SIZE);
	small_fine[3] = mmap(map, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, PAGE) == map &&
			holds(map, PAGE, PAGE);
	small_fine[4] = denied(map + SIZE - SIZE % PAGE, PAGE);
	small_fine[5] = munmap(map, 2 * SIZE) == 0;
}

static void *uses_up_stack(void *low)
{
	size_t room = (size_t)((char *)__builtin_frame_address(0) - (char *)low);
	volatile char *filler = alloca(room - STACK_LEFT);

	*filler = 1;
	with_little_stack();
	return (void *)(uintptr_t)*filler;
}

/* Threads with 16 KiB of stack are common, and their own frames are on it already. */
static void small_stack(void)
{
	enum { STACK = 65536, MORE = 131072 }; /* some machines need more */
	char *stack = (char *)reserve(MORE / PAGE + 1) + PAGE;
	pthread_attr_t attributes;
	pthread_t thread;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	MUST(mprotect(stack, MORE, READ_WRITE) == 0);
	MUST(pthread_attr_init(&attributes) == 0);
	MUST(pthread_attr_setstack(&attributes, stack, STACK) == 0 ||
	     pthread_attr_setstack(&attributes, stack, MORE) == 0);
	MUST(pthread_create(&thread, &attributes, uses_up_stack, stack) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	for (size_t i = 0; i < 6; i++)
		answer("step %zu: %s", i, small_fine[i] ? "right" : "wrong");
}

/* --- cancellation: none of these calls is a cancellation point --- */

static pthread_barrier_t barrier;
static atomic_bool through;

static void *cancelled_first(void *unused)
{
	int state;

	(void)unused;
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier); /* we are cancelled now; it takes effect at a point */
	at = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	through = at != MAP_FAILED && holds(at, 0, SIZE) && denied(at, SIZE) && whole_life(3) &&
		  mmap(at, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, PAGE) == at &&
		  state == PTHREAD_CANCEL_ENABLE;
	pthread_testcancel();
	return NULL;
}

static void cancel_deferred(void)
{
	pthread_t thread;
	void *result;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	MUST(pthread_barrier_init(&barrier, NULL, 2) == 0);
	MUST(pthread_create(&thread, NULL, cancelled_first, NULL) == 0);
	pthread_barrier_wait(&barrier);
	MUST(pthread_cancel(thread) == 0);
	pthread_barrier_wait(&barrier);
	MUST(pthread_join(thread, &result) == 0);
	answer("got through its calls: %s", through ? "yes" : "no");
	answer("then was cancelled: %s", result == PTHREAD_CANCELED ? "yes" : "no");
	answer("its mapping: %s", compare(at, PAGE, PAGE, SEED));
	answer("made writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
}

static void *maps_for_ever(void *unused)
{
	int state;

	(void)unused;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &state);
	through = true;
	for (;;) {
		char *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);

		if (map != MAP_FAILED) {
			mprotect(map, SIZE, READ_WRITE);
			munmap(map, SIZE);
		}
	}
	return NULL;
}

/* At any instruction of the calls. Only the mapping that was just made may be lost. */
static void cancel_asynchronously(void)
{
	int fine = 0;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	for (int i = 0; i < 150; i++) {
		struct timespec moment = { 0, 50000 + i * 1700 };
		pthread_t thread;
		void *result;

		through = false;
		MUST(pthread_create(&thread, NULL, maps_for_ever, NULL) == 0);
		while (!through)
			sched_yield();
		nanosleep(&moment, NULL);
		MUST(pthread_cancel(thread) == 0);
		MUST(pthread_join(thread, &result) == 0);
		fine += result == PTHREAD_CANCELED && whole_life((unsigned int)i);
	}
	answer("right after a thread was cancelled: %d of 150", fine);
}

/* --- main() has ended: /proc/self has no maps any more, only /proc/thread-self --- */

static void *outlives(void *main_thread)
{
	char *other = reserve(2);

	MUST(pthread_join(*(pthread_t *)main_thread, NULL) == 0);
	answer("sees %s", view(at, 4));
	answer("makes it writable: %s", said(mprotect(at, 4 * PAGE, READ_WRITE)));
	answer("maps more: %s", whole_life(5) ? "right" : "wrong");
	MUST(mmap(at + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	     at + PAGE);
	answer("replaces a page and makes it writable: %s",
	       said(mprotect(at + PAGE, PAGE, READ_WRITE)));
	answer("moves a page: %s", said_map(mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
						   other)));
	answer("makes it writable: %s", said(mprotect(other, PAGE, READ_WRITE)));
	_exit(0);
}

static void main_ends(void)
{
	static pthread_t main_thread;
	pthread_t thread;
	int letters = make_letters("letters", 4, O_RDONLY);

	main_thread = pthread_self();
	file = make_file("file", SIZE, SEED, O_RDONLY);
	at = map_shared_at(reserve(4), letters, 4 * PAGE, 0);
	MUST(pthread_create(&thread, NULL, outlives, &main_thread) == 0);
	pthread_exit(NULL);
}

/* --- a thread ends; what it mapped stays --- */

static void *maps_and_ends(void *unused)
{
	(void)unused;
	at = map_shared(file, SIZE);
	return NULL;
}

static void thread_ends(void)
{
	file = make_file("file", SIZE, SEED, O_RDONLY);
	in_thread(maps_and_ends);
	answer("holds: %s", compare(at, 0, SIZE, SEED));
	answer("writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
	answer("grown: %s", said_map(at = mremap(at, SIZE, 40 * PAGE, MREMAP_MAYMOVE)));
	answer("writable: %s", said(mprotect(at + 30 * PAGE, PAGE, READ_WRITE)));
	answer("holds: %s", compare(at, 0, SIZE, SEED));
}

const struct conform_case conform_threads[] = {
	{ "same-file", same_file, NULL },
	{ "handed-around", handed_around, NULL },
	{ "small-stack", small_stack, NULL },
	{ "cancel-deferred", cancel_deferred, NULL },
	{ "cancel-asynchronously", cancel_asynchronously, NULL },
	{ "main-ends", main_ends, NULL },
	{ "thread-ends", thread_ends, NULL },
	{ 0 },
};
