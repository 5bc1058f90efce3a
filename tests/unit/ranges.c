/* SPDX-License-Identifier: MIT */
/*
 * The table of ranges against a plain model, under readers and writers at once, and in children
 * forked in the middle of a change. Links shim/preload/ranges.c, skiplist.c and lock.c alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "copies.h"
#include "live.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MODEL = 512 };

/* One address per slot, far from any mapping: the table never looks at memory. */
static uintptr_t slot(size_t i)
{
	return 0x10000000u + i * 4096;
}

static struct range range_at(size_t first, size_t last, uint64_t inode)
{
	return (struct range){ .start = slot(first),
			       .end = slot(last),
			       .file = { .device = 7, .inode = inode } };
}

/* In place of copies.c: what another thread does when a range begins to count. */
static void (*meanwhile)(void);

void copy_hold(struct copy *copy)
{
	atomic_fetch_add(&copy->holders, 1);
	if (meanwhile)
		meanwhile();
}

bool copy_hold_if_live(struct copy *copy)
{
	atomic_fetch_add(&copy->holders, 1);
	return true;
}

void copy_drop(struct copy *copy)
{
	atomic_fetch_sub(&copy->holders, 1);
}

void copy_is_at(struct copy *copy, uintptr_t origin)
{
	atomic_store(&copy->origin, origin);
}

static void forget_all(void)
{
	ranges_forget(0, UINTPTR_MAX, UINT64_MAX);
	assert_false(ranges_live());
}

/* model[i]: inode of the range that slot i is in, 0: none. */
static void assert_equals_model(const uint64_t *model)
{
	uintptr_t at = slot(0);
	struct range range;

	while (ranges_find(at, slot(MODEL), &range)) {
		for (; at < range.start; at += 4096)
			assert_int_equal(model[(at - slot(0)) / 4096], 0);
		for (; at < range.end; at += 4096)
			assert_int_equal(model[(at - slot(0)) / 4096], range.file.inode);
	}
	for (; at < slot(MODEL); at += 4096)
		assert_int_equal(model[(at - slot(0)) / 4096], 0);
	for (size_t i = 0; i < MODEL; i++)
		assert_int_equal(ranges_apart(slot(i), slot(i + 1)), !model[i]);
}

static void agrees_with_a_model(void **state)
{
	uint64_t model[MODEL] = { 0 };

	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		size_t first = (size_t)rand() % MODEL;
		size_t last = first + 1 + (size_t)rand() % (rand() % 8 ? 12 : 200);
		uint64_t inode = 1 + (uint64_t)rand() % 1000;
		struct range range;

		if (last > MODEL)
			last = MODEL;
		range = range_at(first, last, inode);
		if (rand() % 2)
			assert_true(ranges_add(&range));
		else
			ranges_forget(range.start, range.end, UINT64_MAX), inode = 0;
		for (size_t j = first; j < last; j++)
			model[j] = inode;
		assert_int_equal(ranges_apart(slot(first), slot(last)), !inode);
		if (i % 16 == 0)
			assert_equals_model(model);
	}
	forget_all();
}

static void find_cuts_to_what_was_asked(void **state)
{
	struct range range = range_at(10, 20, 3), found;

	(void)state;
	assert_false(ranges_find(0, UINTPTR_MAX, &found));
	ranges_add(&range);
	assert_true(ranges_find(slot(12), slot(14), &found));
	assert_int_equal(found.start, slot(12));
	assert_int_equal(found.end, slot(14));
	assert_int_equal(found.file.inode, 3);
	assert_true(ranges_find(0, slot(10) + 1, &found));
	assert_int_equal(found.start, slot(10));
	assert_false(ranges_find(0, slot(10), &found));
	assert_false(ranges_find(slot(20), UINTPTR_MAX, &found));
	assert_true(ranges_find(slot(20) - 1, UINTPTR_MAX, &found));
	assert_true(ranges_apart(0, slot(10)) && ranges_apart(slot(20), UINTPTR_MAX));
	assert_false(ranges_apart(0, slot(10) + 1) || ranges_apart(slot(20) - 1, UINTPTR_MAX));
	forget_all();
}

/* What another thread added at the same place after that generation stays. */
static void forget_spares_what_is_newer(void **state)
{
	struct range old = range_at(0, 4, 1), new = range_at(2, 3, 2), found;
	uint64_t generation;

	(void)state;
	ranges_add(&old);
	generation = ranges_generation();
	ranges_add(&new);
	ranges_forget(slot(0), slot(4), generation);
	assert_true(ranges_find(slot(0), slot(4), &found));
	assert_int_equal(found.start, slot(2));
	assert_int_equal(found.end, slot(3));
	assert_int_equal(found.file.inode, 2);
	forget_all();
}

static _Atomic bool stop;

/*
 * Each writer owns every fourth block of 8 slots, and changes it all the time. The block before it
 * never changes, and every reader must always see it.
 */
enum { WRITERS = 4, READERS = 4, BLOCK = 8, BLOCKS = 64 };

static void *write_blocks(void *argument)
{
	size_t own = (size_t)argument;
	unsigned seed = (unsigned)own;

	while (!stop) {
		size_t block = ((size_t)rand_r(&seed) % (BLOCKS / WRITERS)) * WRITERS + own;
		size_t first = block * 2 * BLOCK + BLOCK;
		struct range range = range_at(first, first + BLOCK, block + 1);
		size_t hole = first + 1 + (size_t)rand_r(&seed) % (BLOCK - 2);

		ranges_add(&range);
		ranges_forget(slot(hole), slot(hole + 1), ranges_generation());
		ranges_forget(slot(first), slot(first + BLOCK), ranges_generation());
	}
	return NULL;
}

static bool steady_blocks_are_seen(void)
{
	for (size_t block = 0; block < BLOCKS; block++) {
		size_t first = block * 2 * BLOCK;
		struct range found;

		if (!ranges_find(slot(first) + 5, slot(first + 1), &found) ||
		    found.start != slot(first) + 5 || found.end != slot(first + 1) ||
		    found.file.inode != 1000 + block)
			return false;
	}
	return true;
}

static void *read_blocks(void *argument)
{
	while (!stop)
		if (!steady_blocks_are_seen())
			return argument;
	return NULL;
}

static void add_steady_blocks(void)
{
	for (size_t block = 0; block < BLOCKS; block++) {
		struct range range =
			range_at(block * 2 * BLOCK, block * 2 * BLOCK + BLOCK, 1000 + block);

		ranges_add(&range);
	}
}

/* In a child that is forked while writers work, nothing is lost, and the table can be changed. */
static int child_of_a_busy_process(void)
{
	struct range range = range_at(5000, 5010, 9), found;

	if (!steady_blocks_are_seen() || !ranges_add(&range))
		return 1;
	if (!ranges_find(slot(5001), slot(5002), &found) || found.file.inode != 9)
		return 2;
	ranges_forget(slot(5000), slot(5010), UINT64_MAX);
	if (ranges_find(slot(5000), slot(5010), &found))
		return 3;
	for (unsigned i = 0; i < 300; i++) {
		struct range more = range_at(6000 + i, 6001 + i, i + 1);

		if (!ranges_add(&more))
			return 4;
	}
	if (!steady_blocks_are_seen())
		return 5;
	ranges_forget(0, UINTPTR_MAX, UINT64_MAX);
	return ranges_find(0, UINTPTR_MAX, &found) ? 6 : 0;
}

static void readers_writers_and_forks(void **state)
{
	const char *rounds = getenv("STRESS_ROUNDS");
	int forks = rounds ? atoi(rounds) / 10 : 1000;
	pthread_t threads[WRITERS + READERS];

	(void)state;
	add_steady_blocks();
	for (size_t i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, write_blocks, (void *)i);
	for (size_t i = WRITERS; i < WRITERS + READERS; i++)
		pthread_create(&threads[i], NULL, read_blocks, (void *)i);
	for (int i = 0; i < forks || i < 100; i++) {
		pid_t child = fork();
		int status;

		if (!child)
			_exit(child_of_a_busy_process());
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	stop = true;
	for (size_t i = 0; i < WRITERS + READERS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	forget_all();
}

/* More threads than places for the newest ranges, so that ranges go to the list, too. */
enum { OWNERS = 12, OWN = 3, TURNS = 20000 };

static struct copy shown_by_all = { .holders = 1 };

static bool finds(const struct range *range)
{
	struct range found;

	return ranges_find(range->start, range->end, &found) && found.start == range->start &&
	       found.end == range->end && found.file.inode == range->file.inode &&
	       found.copy == range->copy;
}

/* Adds, replaces and forgets ranges between those of others; each is known until forgotten. */
static void *come_and_go(void *argument)
{
	size_t own = (size_t)argument;
	unsigned seed = (unsigned)own;
	struct range ranges[OWN] = { { .end = 0 } };

	for (unsigned turn = 0; turn < TURNS; turn++) {
		size_t which = (size_t)rand_r(&seed) % OWN;
		size_t at = (which * OWNERS + own) * 2;
		struct range *range = &ranges[which], found;

		if (!range->end || rand_r(&seed) % 4 == 0) {
			*range = range_at(at, at + 1, 1 + turn);
			range->copy = turn % 2 ? &shown_by_all : NULL;
			if (!ranges_add(range))
				return argument;
		} else {
			ranges_forget(range->start, range->end, ranges_generation());
			if (ranges_find(range->start, range->end, &found))
				return argument;
			range->end = 0;
		}
		for (size_t i = 0; i < OWN; i++)
			if (ranges[i].end && !finds(&ranges[i]))
				return argument;
	}
	for (size_t i = 0; i < OWN; i++)
		if (ranges[i].end)
			ranges_forget(ranges[i].start, ranges[i].end, UINT64_MAX);
	return NULL;
}

static void each_thread_finds_its_own(void **state)
{
	pthread_t threads[OWNERS];
	struct range found;

	(void)state;
	for (size_t i = 0; i < OWNERS; i++)
		pthread_create(&threads[i], NULL, come_and_go, (void *)(i + 1));
	for (size_t i = 0; i < OWNERS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_false(ranges_find(0, UINTPTR_MAX, &found));
	assert_false(ranges_live());
	assert_int_equal(shown_by_all.holders, 1);
}

static void add_the_outer_one(void)
{
	const struct range outer = range_at(100, 110, 1);

	meanwhile = NULL;
	assert_true(ranges_add(&outer));
}

/* Two threads add overlapping ranges at the same time: one replaces a part of the other. */
static void two_that_overlap_are_put_in_order(void **state)
{
	struct range inner = range_at(105, 107, 2);

	(void)state;
	inner.copy = &shown_by_all;
	meanwhile = add_the_outer_one;
	assert_true(ranges_add(&inner));
	assert_null(meanwhile);
	assert_true(ranges_now.live == 1 || ranges_now.live == 3);
	forget_all();
	assert_int_equal(shown_by_all.holders, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_model),
		cmocka_unit_test(find_cuts_to_what_was_asked),
		cmocka_unit_test(forget_spares_what_is_newer),
		cmocka_unit_test(each_thread_finds_its_own),
		cmocka_unit_test(two_that_overlap_are_put_in_order),
		cmocka_unit_test(readers_writers_and_forks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
