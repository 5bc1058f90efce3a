/* SPDX-License-Identifier: MIT */
/*
 * Writes the compiled form of a rule file, and reads it back.
 */
#include "compiled-file.h"

#define ITEMS(literal) "" literal, sizeof(literal) - 1

static void read_back(void **state)
{
	(void)state;
	used();
	unlink("t.conf" COMPILED_SUFFIX);
	ignored();
}

/* Rules that were read first stay valid; they lie elsewhere than all later ones. */
static void read_twice(void **state)
{
	struct settings first, second;

	(void)state;
	assert_true(is_read(&first) && is_read(&second));
	assert_ptr_not_equal(first.rules.text, second.rules.text);
	used();
	assert_memory_equal(first.rules.text, rules, sizeof(rules) - 1);
	assert_string_equal(first.log_target, "/log/%p");
}

/* More than the static room. */
static void long_one(void **state)
{
	struct settings settings = written();
	struct compiled_source stamps[2];
	char text[20000];
	struct rules list = { text, 0 };
	size_t size;
	void *bytes;

	(void)state;
	while (list.size + sizeof("p*.idx\0=leave") < sizeof(text)) {
		memcpy(text + list.size, "p*.idx\0=leave", sizeof("p*.idx\0=leave"));
		list.size += sizeof("p*.idx\0=leave");
	}
	settings.rules = list;
	stamp(stamps);
	bytes = compiled_make(&settings, stamps, &size);
	put(bytes, size);
	free(bytes);
	assert_true(is_read(&settings));
	assert_int_equal(settings.rules.size, list.size);
	assert_memory_equal(settings.rules.text, text, list.size);
}

static void empty_lists(void **state)
{
	struct settings settings = written();
	struct compiled_source stamps[2];
	size_t size;
	void *bytes;

	(void)state;
	settings.rules = (struct rules){ NULL, 0 };
	settings.rules.text = "";
	settings.trace_size = 0;
	stamp(stamps);
	bytes = compiled_make(&settings, stamps, &size);
	put(bytes, size);
	free(bytes);
	assert_true(is_read(&settings));
	assert_int_equal(settings.rules.size, 0);
	assert_int_equal(settings.trace_size, 0);
}

static void rule_lists(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		bool right;
	} table[] = {
		{ ITEMS(""), true },
		{ ITEMS("=private\0"), true },
		{ ITEMS("=private\0=leave\0"), true },
		{ ITEMS("pa\0pb\0ga\0fa\0w0\0=buffer\0"), true },
		{ ITEMS("l4294967295\0r\0=leave\0"), true },
		{ ITEMS("=private"), false },
		{ ITEMS("=publish\0"), false },
		{ ITEMS("=\0"), false },
		{ ITEMS("pa\0"), false },
		{ ITEMS("\0"), false },
		{ ITEMS("=private\0\0"), false },
		{ ITEMS("p\0=private\0"), false },
		{ ITEMS("g\0=private\0"), false },
		{ ITEMS("f\0=private\0"), false },
		{ ITEMS("r1\0=private\0"), false },
		{ ITEMS("d1\0=private\0"), false },
		{ ITEMS("a1\0=private\0"), false },
		{ ITEMS("w\0=private\0"), false },
		{ ITEMS("w2\0=private\0"), false },
		{ ITEMS("w10\0=private\0"), false },
		{ ITEMS("l\0=private\0"), false },
		{ ITEMS("l-1\0=private\0"), false },
		{ ITEMS("l12345678901\0=private\0"), false },
		{ ITEMS("xa\0=private\0"), false },
		{ ITEMS("r\0pa\0=private\0"), false },
		{ ITEMS("pa\0ga\0pb\0=private\0"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct rules list = { table[i].text, table[i].size };

		if (compiled_rules_right(&list) != table[i].right)
			fail_msg("%zu: \"%s\"", i, table[i].text);
	}
	assert_true(compiled_rules_right(&(struct rules){ rules, sizeof(rules) - 1 }));
	{
		const struct rules builtin = rules_builtin();

		assert_true(compiled_rules_right(&builtin));
	}
}

static void names(void **state)
{
	char name[PATH_MAX], *longest = malloc(PATH_MAX);

	(void)state;
	assert_true(compiled_name("/etc/privmap.conf", name, sizeof(name)));
	assert_string_equal(name, "/etc/privmap.conf.compiled");
	assert_false(compiled_name("12345678", name, 17));
	assert_true(compiled_name("12345678", name, 18));
	memset(longest, 'x', PATH_MAX - 1);
	longest[PATH_MAX - 1] = '\0';
	assert_false(compiled_read(longest, &(struct settings){ .log_level = 0 }));
	free(longest);
}

static void too_large(void **state)
{
	struct settings settings = written();
	struct compiled_source stamps[2];
	size_t size;

	(void)state;
	stamp(stamps);
	settings.rules.size = COMPILED_LARGEST;
	assert_null(compiled_make(&settings, stamps, &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(read_twice, fresh), /* first: the static room is for one */
		cmocka_unit_test_setup(read_back, fresh),
		cmocka_unit_test_setup(long_one, fresh),
		cmocka_unit_test_setup(empty_lists, fresh),
		cmocka_unit_test(rule_lists),
		cmocka_unit_test(names),
		cmocka_unit_test_setup(too_large, fresh),
	};

	return cmocka_run_group_tests_name("compiled", tests, set_up, tear_down);
}
