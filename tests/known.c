/*
 * What is known of a file: since when, and that it is forgotten with any change. Run by make check;
 * cmocka.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "known.h"

static const struct snapshot file = { { 1, 2 }, 10000, { 100, 500000000 }, { 100, 600000000 } };

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000 * 1000 }, NULL);
}

/* A machine that is busy may take longer between the two than "just now" lasts. */
static void add_just_now(enum known what, const struct snapshot *its)
{
	int tries = 0;

	do {
		known_add(what, its);
		assert_true(tries++ < 100);
	} while (known_since(what, its) != KNOWN_JUST_NOW);
}

static void since_when(void **state)
{
	(void)state;
	assert_int_equal(known_since(KNOWN_NO_DATABASE, &file), KNOWN_NEVER);
	add_just_now(KNOWN_NO_DATABASE, &file);
	assert_false(known_ever(KNOWN_AS_STAT, &file));
	pause_ms(150);
	assert_int_equal(known_since(KNOWN_NO_DATABASE, &file), KNOWN_ONCE);
	assert_true(known_ever(KNOWN_NO_DATABASE, &file));
	add_just_now(KNOWN_NO_DATABASE, &file);
}

static void each_change_counts(void **state)
{
	struct snapshot others[7];

	(void)state;
	known_add(KNOWN_AS_STAT, &file);
	for (size_t i = 0; i < 7; i++)
		others[i] = file;
	others[0].file.device++;
	others[1].file.inode++;
	others[2].size++;
	others[3].modified.seconds++;
	others[4].modified.nanoseconds++;
	others[5].changed.seconds--;
	others[6].changed.nanoseconds--;
	for (size_t i = 0; i < 7; i++)
		assert_false(known_ever(KNOWN_AS_STAT, &others[i]));
	assert_true(known_ever(KNOWN_AS_STAT, &file));
}

/* It may be written again in the same tick of its clock. */
static void not_of_what_was_just_written(void **state)
{
	struct snapshot fresh = file;
	struct timespec now;

	(void)state;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	fresh.modified = (struct stamp){ now.tv_sec, (uint32_t)now.tv_nsec };
	known_add(KNOWN_NO_DATABASE, &fresh);
	assert_int_equal(known_since(KNOWN_NO_DATABASE, &fresh), KNOWN_NEVER);
	pause_ms(50);
	add_just_now(KNOWN_NO_DATABASE, &fresh);
}

/* More files than it has room for: some are forgotten, none is taken for another. */
static void many_files(void **state)
{
	struct snapshot one = file;
	int known = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		one.file.inode++;
		assert_int_equal(known_since(KNOWN_NO_DATABASE, &one), KNOWN_NEVER);
		add_just_now(KNOWN_NO_DATABASE, &one);
	}
	one.file.inode = file.file.inode;
	for (int i = 0; i < 1000; i++) {
		one.file.inode++;
		known += known_since(KNOWN_NO_DATABASE, &one) != KNOWN_NEVER;
	}
	assert_true(known >= 400 && known <= 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(since_when),
		cmocka_unit_test(each_change_counts),
		cmocka_unit_test(not_of_what_was_just_written),
		cmocka_unit_test(many_files),
	};

	return cmocka_run_group_tests_name("known", tests, NULL, NULL);
}
