/*
 * What a file was like at one moment: equal, settled, and how much of a mapping it fills.
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

static bool settled_at(struct snapshot then, int64_t seconds, uint32_t nanoseconds)
{
	return snapshot_is_settled(&then, (struct stamp){ seconds, nanoseconds });
}

static void two_ticks_settle(void **state)
{
	(void)state;
	assert_false(settled_at(file, 100, 600000000));
	assert_false(settled_at(file, 100, 619999999));
	assert_false(settled_at(file, 100, 620000000));
	assert_true(settled_at(file, 100, 620000001));
	assert_true(settled_at(file, 101, 0));
	assert_true(settled_at(file, 102, 600000000));
	assert_true(settled_at(file, 1000000000000, 0));
	/* A clock that is behind the file's. */
	assert_false(settled_at(file, 99, 999999999));
	assert_false(settled_at(file, 0, 0));
}

static void a_second_s_end_is_no_gap(void **state)
{
	struct snapshot late = file;

	(void)state;
	late.changed = (struct stamp){ 100, 995000000 };
	assert_false(settled_at(late, 101, 14999999));
	assert_true(settled_at(late, 101, 15000001));
}

static void whole_seconds_take_longer(void **state)
{
	struct snapshot coarse = file;

	(void)state;
	coarse.modified = coarse.changed = (struct stamp){ 100, 0 };
	assert_false(settled_at(coarse, 102, 999999999));
	assert_true(settled_at(coarse, 103, 0));
	/* mtime set back by hand: ctime tells. */
	coarse.modified.seconds = 0;
	coarse.changed = (struct stamp){ 200, 1 };
	assert_false(settled_at(coarse, 200, 5));
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
		cmocka_unit_test(two_ticks_settle),
		cmocka_unit_test(a_second_s_end_is_no_gap),
		cmocka_unit_test(whole_seconds_take_longer),
		cmocka_unit_test(bytes_end_with_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
