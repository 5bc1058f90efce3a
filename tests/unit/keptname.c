/* SPDX-License-Identifier: MIT */
/*
 * The names of kept copies: different for each difference of files, and recognized again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keptname.h"

#include <stdio.h>
#include <string.h>

#define BOOT "c7f5e01c-4b13-49d3-b90e-f8b40a3f866f\n"

static const struct part part = {
	{ { 0x2b, 0x9be414 }, 10000, { 100, 500 }, { -1, 999999999 } },
	4096,
	5904,
};

static struct boot boot_of(const char *text)
{
	struct boot boot;

	assert_true(kept_boot_parse(text, strlen(text), &boot));
	return boot;
}

static void name_in(char room[KEPT_NAME], enum kept_kind kind, const struct part *of,
		    const char *boot)
{
	struct text name = { room, KEPT_NAME, 0 };
	struct boot its = boot_of(boot);

	kept_name(&name, kind, of, &its);
}

static void boots(void **state)
{
	static const char *const wrong[] = {
		"",
		"\n",
		"c7f5e01c",
		"c7f5e01c-4b13-49d3-b90e-f8b40a3f866",
		"c7f5e01c-4b13-49d3-b90e-f8b40a3f866fa",
		"c7f5e01c-4b13-49d3-b90e-f8b40a3f866g",
		"C7F5E01C-4b13-49d3-b90e-f8b40a3f866f",
		"00000000-0000-0000-0000-000000000000",
	};
	struct boot boot = boot_of(BOOT);

	(void)state;
	assert_true(boot.halves[0] == UINT64_C(0xc7f5e01c4b1349d3));
	assert_true(boot.halves[1] == UINT64_C(0xb90ef8b40a3f866f));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (kept_boot_parse(wrong[i], strlen(wrong[i]), &boot))
			fail_msg("%s", wrong[i]);
}

static void what_it_holds(void **state)
{
	char room[KEPT_NAME];

	(void)state;
	name_in(room, KEPT_COPY, &part, BOOT);
	assert_string_equal(room, "copy-c7f5e01c4b1349d3b90ef8b40a3f866f-2b-9be414-2710-64-1f4-"
				  "ffffffffffffffff-3b9ac9ff-1000-1710");
	name_in(room, KEPT_SEEN, &part, BOOT);
	assert_true(strncmp(room, "seen-c7f5", 9) == 0);
}

static void each_field_counts(void **state)
{
	struct part others[9];
	char wanted[KEPT_NAME], room[KEPT_NAME];

	(void)state;
	name_in(wanted, KEPT_COPY, &part, BOOT);
	for (size_t i = 0; i < 9; i++)
		others[i] = part;
	others[0].file.file.device++;
	others[1].file.file.inode++;
	others[2].file.size++;
	others[3].file.modified.seconds++;
	others[4].file.modified.nanoseconds++;
	others[5].file.changed.seconds++;
	others[6].file.changed.nanoseconds--;
	others[7].offset += 4096;
	others[8].bytes--;
	for (size_t i = 0; i < 9; i++) {
		name_in(room, KEPT_COPY, &others[i], BOOT);
		assert_string_not_equal(room, wanted);
	}
	name_in(room, KEPT_COPY, &part, "c7f5e01c-4b13-49d3-b90e-f8b40a3f8660");
	assert_string_not_equal(room, wanted);
}

/* The longest one, too. */
static void known_again(void **state)
{
	const struct part largest = {
		{ { UINT64_MAX, UINT64_MAX }, UINT64_MAX, { -1, UINT32_MAX }, { -1, UINT32_MAX } },
		UINT64_MAX,
		UINT64_MAX,
	};
	struct boot boot = boot_of(BOOT), another = boot;
	char room[KEPT_NAME];
	bool same;

	(void)state;
	another.halves[1]++;
	for (int i = 0; i < 4; i++) {
		enum kept_kind kind = i % 2 ? KEPT_COPY : KEPT_SEEN;

		name_in(room, kind, i / 2 ? &part : &largest, BOOT);
		assert_int_equal(kept_kind_of(room, NULL, NULL), kind);
		assert_int_equal(kept_kind_of(room, &boot, &same), kind);
		assert_true(same);
		assert_int_equal(kept_kind_of(room, &another, &same), kind);
		assert_false(same);
		assert_true(kept_bytes_of(room) == (i / 2 ? part.bytes : UINT64_MAX));
	}
}

/* privmap never touches other files in the directory. */
static void others_are_not_ours(void **state)
{
	static const char *const names[] = {
		"",
		".",
		"..",
		"copy-",
		"seen-",
		"copy-c7f5e01c4b1349d3b90ef8b40a3f866f",
		"x",
		"copy-/",
		"copy-c7f5e01c4b1349d3b90ef8b40a3f866f-1-2-3-4-5-6-7-8",
		"copy-c7f5e01c4b1349d3b90ef8b40a3f866f-1-2-3-4-5-6-7-8-",
		"copy-c7f5e01c4b1349d3b90ef8b40a3f866f-1-2-3-4-5-6-7-8-9-a",
		"copy-c7f5e01c4b1349d3b90ef8b40a3f866f-1-2-3-4-5-6-7-8-9.new",
		"copy-c7f5e01c4b1349d3b90ef8b40a3f866f-1-2-3-4-5-6-7-8-12345678123456789",
		"copy-c7f5e01c4b1349d3b90ef8b40a3f866-1-2-3-4-5-6-7-8-9",
		"Copy-c7f5e01c4b1349d3b90ef8b40a3f866f-1-2-3-4-5-6-7-8-9",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (kept_kind_of(names[i], NULL, NULL) != KEPT_NOT_OURS)
			fail_msg("%s", names[i]);
	assert_int_equal(kept_kind_of("copy-c7f5e01c4b1349d3b90ef8b40a3f866f-1-2-3-4-5-6-7-8-9",
				      NULL, NULL),
			 KEPT_COPY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boots),
		cmocka_unit_test(what_it_holds),
		cmocka_unit_test(each_field_counts),
		cmocka_unit_test(known_again),
		cmocka_unit_test(others_are_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
