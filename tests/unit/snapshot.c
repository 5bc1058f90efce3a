/* SPDX-License-Identifier: MIT */
/*
 * Snapshots of a file: whether they are equal, how coarse their times are, and how much of a
 * mapping the file fills.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "snapshot.h"

static const struct snapshot file = { { 1, 2 }, 10000, { 100, 500000000 }, { 100, 600000000 } };

static void each_field_counts(void **state)
{
	struct snapshot others[8];

	(void)state;
	assert_true(snapshot_equal(&file, &file));
	for (size_t i = 0; i < 8; i++)
		others[i] = file;
	others[0].file.device++;
	others[1].file.inode++;
	others[2].size++;
	others[3].modified.seconds++;
	others[4].modified.nanoseconds++;
	others[5].changed.seconds--;
	others[6].changed.nanoseconds--;
	others[7].size = 0;
	for (size_t i = 0; i < 8; i++)
		assert_false(snapshot_equal(&file, &others[i]));
}

/* cmocka 2 deprecates assert_in_range(), and cmocka 1 has no replacement. */
static bool lies_within(uint64_t number, uint64_t low, uint64_t high)
{
	return number >= low && number <= high;
}

/* Longer than the tick of any clock with such stamps, and not too long to wait. */
static void a_grain_is_longer_than_a_tick(void **state)
{
	struct snapshot one = file;

	(void)state;
	assert_true(lies_within(snapshot_grain(&one), 50000000 + 1, 100000000));
	one.changed.nanoseconds = 0;
	assert_true(lies_within(snapshot_grain(&one), 2000000000 + 1, 3000000000));
	one.modified.nanoseconds = 0;
	assert_true(lies_within(snapshot_grain(&one), 2000000000 + 1, 3000000000));
	/* A server without change times may show another time there. */
	one.changed.nanoseconds = 10000000;
	assert_true(lies_within(snapshot_grain(&one), 2000000000 + 1, 3000000000));
}

static void bytes_end_with_the_file(void **state)
{
	(void)state;
	assert_int_equal(snapshot_bytes(&file, 0, 4096), 4096);
	assert_int_equal(snapshot_bytes(&file, 8192, 4096), 10000 - 8192);
	assert_int_equal(snapshot_bytes(&file, 0, 1 << 20), 10000);
	assert_int_equal(snapshot_bytes(&file, 12288, 4096), 0);
	assert_int_equal(snapshot_bytes(&file, UINT64_MAX - 4095, 4096), 0);
	assert_int_equal(snapshot_bytes(&file, 0, UINT64_MAX), 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_counts),
		cmocka_unit_test(a_grain_is_longer_than_a_tick),
		cmocka_unit_test(bytes_end_with_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
