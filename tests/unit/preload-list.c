/* SPDX-License-Identifier: MIT */
/*
 * Values of LD_PRELOAD and of sanitizers' options, and the first line of scripts: tables; and no
 * more bytes are written than the headers say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "preload-list.h"
#include "script.h"

#define LIBRARIES "/l/libprivmap.so:/l/libprivmap-exec.so"

static void lists_libraries(void **state)
{
	static const char *const pairs[][2] = {
		{ "", LIBRARIES },
		{ "/a.so", LIBRARIES ":/a.so" },
		{ " :/a.so::/b.so ", LIBRARIES ":/a.so:/b.so" },
		{ "/a.so:/l/libprivmap.so", LIBRARIES ":/a.so" },
		{ LIBRARIES, LIBRARIES },
		{ "/a.so:/x/libasan.so.8", "/x/libasan.so.8:" LIBRARIES ":/a.so" },
		{ "/x/libclang_rt.asan-x86_64.so", "/x/libclang_rt.asan-x86_64.so:" LIBRARIES },
		{ "/m/libprivmap.so", LIBRARIES ":/m/libprivmap.so" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		/* malloc'ed, so that a sanitizer sees a byte too many */
		char *value = malloc(strlen(LIBRARIES) + strlen(pairs[i][0]) + 2);
		char *end = preload_list(value, LIBRARIES, pairs[i][0]);

		assert_string_equal(value, pairs[i][1]);
		assert_ptr_equal(end, value + strlen(value));
		assert_true(preload_list_holds(value, LIBRARIES));
		free(value);
	}
}

static void lists_the_others(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ LIBRARIES, "" },
		{ "/a.so", "/a.so" },
		{ "/a.so:/usr/$LIB/libprivmap.so /b.so", "/a.so:/b.so" },
		{ "libprivmap-exec.so:libprivmap.sow:/libprivmap.so/x",
		  "libprivmap.sow:/libprivmap.so/x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char *value = malloc(strlen(pairs[i][0]) + 1);
		char *end = preload_list_without(value, pairs[i][0]);

		assert_string_equal(value, pairs[i][1]);
		assert_ptr_equal(end, value + strlen(value));
		free(value);
	}
}

static void holds_whole_words(void **state)
{
	(void)state;
	assert_true(preload_list_holds("/l/libprivmap-exec.so /l/libprivmap.so", LIBRARIES));
	assert_false(preload_list_holds("/l/libprivmap.so", LIBRARIES));
	assert_false(preload_list_holds("/l/libprivmap.so:/l/libprivmap-exec.so.1", LIBRARIES));
	assert_false(preload_list_holds("", LIBRARIES));
}

static void adds_options(void **state)
{
	char value[64], *end;

	(void)state;
	end = sanitizer_list(value, ASAN_OPTION, "a=b");
	assert_string_equal(value, "a=b:" ASAN_OPTION);
	assert_ptr_equal(end, value + strlen(value));
	sanitizer_list(value, ASAN_OPTION, "");
	assert_string_equal(value, ASAN_OPTION);
	assert_true(sanitizer_says("a=b:verify_asan_link_order=1", ASAN_OPTION));
	assert_false(sanitizer_says("a=b", ASAN_OPTION));
}

/* Reads line from a file with nothing else in it. */
static void reads(const char *line, const char *interpreter, const char *arguments)
{
	char *start = malloc(strlen(line) + 1), *behind = NULL, *name;

	memcpy(start, line, strlen(line));
	name = script_interpreter(start, strlen(line), &behind);
	if (interpreter) {
		assert_non_null(name);
		assert_string_equal(name, interpreter);
		assert_string_equal(behind, arguments);
	} else {
		assert_null(name);
	}
	free(start);
}

static void reads_first_lines(void **state)
{
	(void)state;
	reads("#!/bin/sh\n", "/bin/sh", "");
	reads("#! \t/bin/sh -e x\necho", "/bin/sh", "-e x");
	reads("#!/bin/sh", "/bin/sh", "");
	reads("#!\n", "", "");
	reads("#!", "", "");
	reads("# !/bin/sh\n", NULL, NULL);
	reads("#", NULL, NULL);
	reads("", NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_libraries),   cmocka_unit_test(lists_the_others),
		cmocka_unit_test(holds_whole_words), cmocka_unit_test(adds_options),
		cmocka_unit_test(reads_first_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
