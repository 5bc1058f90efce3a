/* SPDX-License-Identifier: MIT */
/*
 * Text in a buffer: cut, numbers, names for people, JSON, globs, log targets.
 */
#include "text.h"

#include "glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static void adding(void **state)
{
	char bytes[16];
	struct text text = TEXT_IN(bytes);

	(void)state;
	assert_string_equal(text_string(&text), "");
	text_add(&text, "abc");
	text_add(&text, "");
	text_add_bytes(&text, "dxx", 1);
	assert_int_equal(text.length, 4);
	assert_string_equal(text_string(&text), "abcd");
	text_add_bytes(&text, "\0e", 2);
	assert_memory_equal(bytes, "abcd\0e", 6);
}

/* With any text and any room, nothing is written beyond the room. */
static void cutting(void **state)
{
	(void)state;
	for (size_t size = 1; size < 70; size++) {
		char bytes[80], whole[80];
		struct text all = TEXT_IN(whole);
		struct text text = { bytes, size, 0 };
		struct text *both[] = { &text, &all };

		memset(bytes, 'X', sizeof(bytes));
		for (int i = 0; i < 2; i++) {
			text_add(both[i], "left ");
			text_add_name(both[i], "a\n\x1b"
					       "b");
			text_add_json(both[i], "\"\xff\xc3\xa4");
			text_add_number(both[i], 12345);
			text_add_glob(both[i], "*x");
			text_add_target(both[i], "%p.%p", 12345);
		}
		assert_int_equal(all.length, 44);
		text_string(&text);
		for (size_t i = size; i < sizeof(bytes); i++)
			assert_int_equal(bytes[i], 'X');
		if (size > all.length) {
			assert_string_equal(bytes, text_string(&all));
		} else {
			assert_int_equal(strlen(bytes), size - 1);
			assert_memory_equal(bytes, whole, size - 1);
		}
	}
}

static void numbers(void **state)
{
	static const struct {
		uint64_t number;
		const char *digits;
	} table[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ 4096, "4096" },
		{ UINT64_MAX, "18446744073709551615" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char bytes[32];
		struct text text = TEXT_IN(bytes);

		text_add_number(&text, table[i].number);
		assert_string_equal(text_string(&text), table[i].digits);
	}
}

static const char *made(void (*add)(struct text *, const char *), const char *string)
{
	static char bytes[600];
	struct text text = TEXT_IN(bytes);

	add(&text, string);
	return text_string(&text);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(made(text_add_name, "/a/b c"), "/a/b c");
	assert_string_equal(made(text_add_name, "a\nb\tc"), "a\\nb\\tc");
	assert_string_equal(made(text_add_name, "\x01\x1f\x7f\r\x1b[0m"),
			    "\\x01\\x1f\\x7f\\x0d\\x1b[0m");
	assert_string_equal(made(text_add_name, "\xc3\xa4\xff"), "\xc3\xa4\xff");
	assert_string_equal(made(text_add_name, "\\ \" '"), "\\ \" '");
}

static void json(void **state)
{
	static const struct {
		const char *string, *json;
	} table[] = {
		{ "", "\"\"" },
		{ "a/b", "\"a/b\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "\n\x01\x7f", "\"\\u000a\\u0001\\u007f\"" },
		/* UTF-8 of each length stays as it is */
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		/* first and last of each length */
		{ "\xc2\x80\xdf\xbf", "\"\xc2\x80\xdf\xbf\"" },
		{ "\xe0\xa0\x80\xef\xbf\xbf", "\"\xe0\xa0\x80\xef\xbf\xbf\"" },
		{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"" },
		/* invalid bytes: alone, cut short, too long, surrogates, beyond U+10FFFF */
		{ "\xff", "\"\\udcff\"" },
		{ "\x80z", "\"\\udc80z\"" },
		{ "\xc3", "\"\\udcc3\"" },
		{ "\xc3z", "\"\\udcc3z\"" },
		{ "\xe2\x82", "\"\\udce2\\udc82\"" },
		{ "\xf0\x9f\x98", "\"\\udcf0\\udc9f\\udc98\"" },
		{ "\xc1\xbf", "\"\\udcc1\\udcbf\"" },
		{ "\xe0\x9f\xbf", "\"\\udce0\\udc9f\\udcbf\"" },
		{ "\xf0\x8f\xbf\xbf", "\"\\udcf0\\udc8f\\udcbf\\udcbf\"" },
		{ "\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"" },
		{ "\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"" },
		{ "\xf5\x80\x80\x80", "\"\\udcf5\\udc80\\udc80\\udc80\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(made(text_add_json, table[i].string), table[i].json);
}

/* A name that is quoted as a glob matches only itself. */
static void globs(void **state)
{
	static const char names[][12] = { "/a/b", "*", "?", "[a]", "\\", "a\\*[b", "]", "!^-" };

	(void)state;
	assert_string_equal(made(text_add_glob, "a*b?[c]\\d"), "a\\*b\\?\\[c]\\\\d");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			assert_int_equal(glob_matches(made(text_add_glob, names[i]), names[j]),
					 i == j);
}

static void targets(void **state)
{
	static const struct {
		const char *target, *name;
	} table[] = {
		{ "", "" },
		{ "/var/log/privmap", "/var/log/privmap" },
		{ "/l/%p.log", "/l/4711.log" },
		{ "%p%p", "47114711" },
		{ "100%%p", "100%p" },
		{ "%%%p", "%4711" },
		{ "a%", "a%" },
		{ "%d%s", "%d%s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char bytes[64];
		struct text text = TEXT_IN(bytes);

		text_add_target(&text, table[i].target, 4711);
		assert_string_equal(text_string(&text), table[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adding),  cmocka_unit_test(cutting), cmocka_unit_test(numbers),
		cmocka_unit_test(names),   cmocka_unit_test(json),    cmocka_unit_test(globs),
		cmocka_unit_test(targets),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
