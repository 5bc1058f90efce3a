/* SPDX-License-Identifier: MIT */
/*
 * What is known about a file, and since when; any change makes it unknown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filecache.h"
#include "ticks.h"

#define SECOND UINT64_C(1000000000)

/* The server's clock does not matter: it is never compared with ours. */
static const struct snapshot file = { { 1, 2 }, 10000, { 100, 500000000 }, { 100, 600000000 } };

/* Each time is exact to a hundredth of a second, and never too early. */
static void assert_seen(uint64_t when, const struct snapshot *its, uint64_t now)
{
	uint64_t found = filecache_first_seen(its, now);

	assert_true(found >= when);
	assert_true(found - when <= SECOND / 100);
}

static void since_it_was_first_seen(void **state)
{
	const uint64_t start = 1000 * SECOND + 7;

	(void)state;
	assert_int_equal(filecache_first_seen(&file, start), start);
	assert_seen(start, &file, start);
	assert_seen(start, &file, start + 1);
	assert_seen(start, &file, start + SECOND);
	assert_seen(start, &file, start + 3600 * SECOND);
	assert_seen(start, &file, start + 18 * 3600 * SECOND);
}

/* Also near the end of each unit of time. */
static void never_too_early(void **state)
{
	struct snapshot one = file;

	(void)state;
	for (uint64_t i = 0; i < 400; i++) {
		uint64_t first = 77 * SECOND + i * 1234567, later = first + i * 7654321, seen;

		one.file.inode = 1000000 + i;
		assert_int_equal(filecache_first_seen(&one, first), first);
		seen = filecache_first_seen(&one, later);
		assert_true(seen >= first);
		assert_true(seen <= first + SECOND / 100 || seen <= later);
	}
}

/* A word wraps after 39 hours. */
static void not_too_early_after_days(void **state)
{
	struct snapshot one = file;

	(void)state;
	one.file.inode = 2000005;
	filecache_first_seen(&one, SECOND);
	for (uint64_t hours = 1; hours < 1000; hours++)
		assert_true(filecache_first_seen(&one, hours * 3600 * SECOND) >= SECOND);
}

/* Two threads read the clock in one order, and call in the other. */
static void seen_in_another_order(void **state)
{
	const uint64_t start = 1000 * 3600 * SECOND;
	struct snapshot one = file;

	(void)state;
	one.file.inode = 2000004;
	filecache_first_seen(&one, start + SECOND);
	assert_int_equal(filecache_first_seen(&one, start), start);
	assert_seen(start, &one, start + SECOND);

	one.file.inode = 3000009;
	filecache_was_plain(&one, 1001);
	filecache_was_plain(&one, 1000);
	assert_false(filecache_is_plain(&one));
}

/* What another process saw counts, unless this one saw the file. */
static void seen_by_another(void **state)
{
	const uint64_t now = 1000 * 3600 * SECOND;
	struct snapshot one = file;

	(void)state;
	one.file.inode = 2000008;
	filecache_was_seen(&one, now - SECOND, now);
	assert_seen(now - SECOND, &one, now);
	filecache_was_seen(&one, now - 2 * SECOND, now);
	assert_seen(now - SECOND, &one, now);
	/* Longer ago than the word can tell. */
	for (uint64_t hours = 1; hours < 1000; hours++) {
		one.file.inode++;
		filecache_was_seen(&one, now - hours * 3600 * SECOND, now);
		assert_true(filecache_first_seen(&one, now) >= now - hours * 3600 * SECOND);
		assert_true(filecache_first_seen(&one, now) < now - SECOND);
	}
}

static void each_change_counts(void **state)
{
	struct snapshot others[7];

	(void)state;
	filecache_first_seen(&file, SECOND);
	filecache_is_as_stat(&file);
	for (size_t i = 0; i < 7; i++)
		others[i] = file;
	others[0].file.device++;
	others[1].file.inode++;
	others[2].size++;
	others[3].modified.seconds++;
	others[4].modified.nanoseconds++;
	others[5].changed.seconds--;
	others[6].changed.nanoseconds--;
	for (size_t i = 0; i < 7; i++) {
		assert_false(filecache_as_stat(&others[i]));
		assert_int_equal(filecache_first_seen(&others[i], 5000 * SECOND), 5000 * SECOND);
	}
	assert_true(filecache_as_stat(&file));
}

static void one_is_not_the_other(void **state)
{
	struct snapshot one = file;

	(void)state;
	one.file.inode = 2000006;
	filecache_first_seen(&one, SECOND);
	assert_false(filecache_as_stat(&one));
	one.file.inode = 2000007;
	filecache_is_as_stat(&one);
	assert_int_equal(filecache_first_seen(&one, 2 * SECOND), 2 * SECOND);
}

/* More files than it has room for: some are forgotten, none is taken for another. */
static void many_files(void **state)
{
	struct snapshot one = file;
	int known = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		one.file.inode++;
		assert_false(filecache_as_stat(&one));
		filecache_is_as_stat(&one);
		assert_true(filecache_as_stat(&one));
	}
	one.file.inode = file.file.inode;
	for (int i = 0; i < 1000; i++) {
		one.file.inode++;
		known += filecache_as_stat(&one);
	}
	assert_true(known >= 400 && known <= 512);
}

static void known_as_git(const char *path, uint64_t inode, bool git)
{
	bool found = !git;

	assert_true(filecache_git((struct identity){ 1, inode }, path, &found));
	assert_int_equal(found, git);
}

/* Only under its name, because git's directories may be renamed. */
static void git_or_not(void **state)
{
	const struct identity one = { 1, 7 }, other = { 1, 8 };
	bool git;

	(void)state;
	assert_false(filecache_git(one, "/a/index", &git));
	filecache_set_git(one, "/a/index", true);
	filecache_set_git(other, "/a/plain", false);
	known_as_git("/a/index", 7, true);
	known_as_git("/a/plain", 8, false);
	assert_false(filecache_git(other, "/a/index", &git));
	assert_false(filecache_git(one, "/b/index", &git));
	assert_false(filecache_git((struct identity){ 2, 7 }, "/a/index", &git));
}

static void lately(uint64_t name, uint64_t now, bool known, bool wanted)
{
	bool there = !wanted;

	assert_int_equal(filecache_lately(name, now, &there), known);
	if (known)
		assert_int_equal(there, wanted);
}

/* Only for a moment, also when the counter jumps back or begins again. */
static void a_name_that_was_there(void **state)
{
	const uint64_t now = UINT64_C(1) << 24;
	const uint64_t name = filecache_name(1, "/a/bc", 2, "HEAD");
	const uint64_t others[] = {
		filecache_name(2, "/a/bc", 2, "HEAD"),
		filecache_name(1, "/a/bc", 4, "HEAD"),
		filecache_name(1, "/a/bc", 2, "pack"),
		filecache_name(1, "/aH", 2, "EAD"),
	};

	(void)state;
	lately(name, now, false, false);
	filecache_set_lately(name, now, false, false);
	lately(name, now, true, false);
	lately(name, now + TICKS_SHORT - 1, true, false);
	lately(name, now + TICKS_SHORT, false, false);
	lately(name, now - 1, false, false);
	filecache_set_lately(name, now + TICKS_SHORT, true, false);
	lately(name, now + TICKS_SHORT + 1, true, true);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		lately(others[i], now, false, false);
	filecache_set_lately(name, now - 1, false, false);
	lately(name, now, true, false);
}

/*
 * An answer that is asked for all the time, and never changes, is valid for twice as long each
 * time, up to a bound.
 */
static void a_name_that_stays(void **state)
{
	const uint64_t name = filecache_name(1, "/stays/file", 6, ".git");
	uint64_t now = UINT64_C(5) << 24, holds = TICKS_SHORT;

	(void)state;
	for (int i = 0; i < 8; i++) {
		filecache_set_lately(name, now, false, true);
		lately(name, now + holds - 1, true, false);
		lately(name, now + holds, false, false);
		now += holds;
		holds *= holds < 16 * TICKS_SHORT ? 2 : 1;
	}
	/* It has changed. */
	filecache_set_lately(name, now, true, true);
	lately(name, now + TICKS_SHORT - 1, true, true);
	lately(name, now + TICKS_SHORT, false, true);
	now += TICKS_SHORT;
	filecache_set_lately(name, now, true, true);
	lately(name, now + TICKS_SHORT, true, true);
	/* Nobody asked for a while. */
	now += 4 * TICKS_SHORT;
	filecache_set_lately(name, now, true, true);
	lately(name, now + TICKS_SHORT, false, true);
	/* Other answers do not last longer. */
	now += TICKS_SHORT;
	filecache_set_lately(name, now, true, false);
	lately(name, now + TICKS_SHORT, false, true);
}

/* Known after a second read, when no write can have left the same times; until the file changes. */
static void plain_when_settled(void **state)
{
	const uint64_t start = UINT64_C(3) << 24;
	const uint64_t fine = snapshot_grain(&file) / TICK_SHORTEST;
	struct snapshot one = file, whole = file;

	(void)state;
	one.file.inode = 3000001;
	filecache_was_plain(&one, start);
	filecache_was_plain(&one, start + fine);
	assert_false(filecache_is_plain(&one));
	filecache_was_plain(&one, start + fine + 3);
	assert_true(filecache_is_plain(&one));
	one.changed.nanoseconds++;
	assert_false(filecache_is_plain(&one));

	/* A file that was read when the counter was at its maximum, or at 0, is not settled. */
	one.file.inode++;
	filecache_was_plain(&one, start - 1);
	assert_false(filecache_is_plain(&one));
	one.file.inode++;
	filecache_was_plain(&one, 0);
	filecache_was_plain(&one, 0);
	assert_false(filecache_is_plain(&one));

	whole.changed.nanoseconds = 0;
	filecache_was_plain(&whole, start);
	filecache_was_plain(&whole, start + fine + 3);
	assert_false(filecache_is_plain(&whole));
	filecache_was_plain(&whole, start + snapshot_grain(&whole) / TICK_SHORTEST + 3);
	assert_true(filecache_is_plain(&whole));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(since_it_was_first_seen),
		cmocka_unit_test(never_too_early),
		cmocka_unit_test(not_too_early_after_days),
		cmocka_unit_test(seen_in_another_order),
		cmocka_unit_test(seen_by_another),
		cmocka_unit_test(each_change_counts),
		cmocka_unit_test(one_is_not_the_other),
		cmocka_unit_test(git_or_not),
		cmocka_unit_test(a_name_that_was_there),
		cmocka_unit_test(a_name_that_stays),
		cmocka_unit_test(plain_when_settled),
		cmocka_unit_test(many_files),
	};

	return cmocka_run_group_tests_name("known", tests, NULL, NULL);
}
