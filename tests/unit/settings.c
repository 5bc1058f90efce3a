/* SPDX-License-Identifier: MIT */
/*
 * Defaults, levels, PRIVMAP_LOG and sizes.
 */
#include "settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The values in privmap.conf(5). */
static void defaults(void **state)
{
	struct settings settings = settings_default();
	struct rules builtin = rules_builtin();

	(void)state;
	assert_ptr_equal(settings.rules.text, builtin.text);
	assert_int_equal(settings.rules.size, builtin.size);
	assert_int_equal(settings.log_level, LOG_LEVEL_ERROR);
	assert_string_equal(settings.log_target, "stderr");
	assert_int_equal(settings.buffer_memory, 64 * 1024 * 1024);
	assert_int_equal(settings.buffer_limit, 4096ll * 1024 * 1024);
	assert_int_equal(settings.buffer_keep, 4096ll * 1024 * 1024);
	assert_string_equal(settings.buffer_spool, "/var/tmp");
	assert_int_equal(settings.trace_size, sizeof("gix\0ein\0jj\0gitstatusd*"));
	assert_memory_equal(settings.trace, "gix\0ein\0jj\0gitstatusd*", settings.trace_size);
}

static void programs_to_hand_over(void **state)
{
	static const struct {
		const char *program;
		bool named;
	} table[] = {
		{ "gix", true },
		{ "./ein", true },
		{ "/usr/local/bin/jj", true },
		{ "gitstatusd", true },
		{ "/x/gitstatusd-linux-x86_64", true },
		{ "git", false },
		{ "gix2", false },
		{ "/gix/cat", false },
		{ "gix/", false },
		{ "Gix", false },
		{ "my-gitstatusd", false },
		{ "", false },
		{ "/", false },
	};
	struct settings settings = settings_default();

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (settings_hand_over(&settings, table[i].program) != table[i].named)
			fail_msg("%s", table[i].program);
	settings.trace_size = 0;
	assert_false(settings_hand_over(&settings, "gix"));
	settings.trace = "a?\0*z";
	settings.trace_size = sizeof("a?\0*z");
	assert_true(settings_hand_over(&settings, "/b/ab"));
	assert_true(settings_hand_over(&settings, "z"));
	assert_false(settings_hand_over(&settings, "gix"));
}

static void levels(void **state)
{
	static const char words[][6] = { "off", "error", "warn", "info", "debug" };
	enum log_level level = LOG_LEVEL_INFO;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_true(log_level_parse(words[i], strlen(words[i]), &level));
		assert_int_equal(level, i);
		assert_string_equal(log_level_name(level), words[i]);
	}
	assert_int_equal(LOG_LEVEL_OFF, 0);
	assert_int_equal(LOG_LEVEL_DEBUG, 4);
	/* only this many bytes of the word count */
	assert_true(log_level_parse("warning", 4, &level));
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_false(log_level_parse("warning", 7, &level));
	assert_false(log_level_parse("warn", 3, &level));
	assert_false(log_level_parse("", 0, &level));
	assert_false(log_level_parse("Info", 4, &level));
	assert_int_equal(level, LOG_LEVEL_WARN);
}

static void log_variable(void **state)
{
	static const struct {
		const char *value;
		bool good;
		enum log_level level;
		const char *target;
	} table[] = {
		{ "debug", true, LOG_LEVEL_DEBUG, "before" },
		{ "off", true, LOG_LEVEL_OFF, "before" },
		{ "info:stderr", true, LOG_LEVEL_INFO, "stderr" },
		{ "warn:/var/log/a:b.%p", true, LOG_LEVEL_WARN, "/var/log/a:b.%p" },
		{ "", false, LOG_LEVEL_ERROR, "before" },
		{ "info:", false, LOG_LEVEL_ERROR, "before" },
		{ ":stderr", false, LOG_LEVEL_ERROR, "before" },
		{ "verbose", false, LOG_LEVEL_ERROR, "before" },
		{ "verbose:stderr", false, LOG_LEVEL_ERROR, "before" },
		{ "infos", false, LOG_LEVEL_ERROR, "before" },
		{ " info", false, LOG_LEVEL_ERROR, "before" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct settings settings = settings_default();

		settings.log_target = "before";
		assert_int_equal(settings_parse_log(&settings, table[i].value), table[i].good);
		assert_int_equal(settings.log_level, table[i].level);
		assert_string_equal(settings.log_target, table[i].target);
	}
}

static void sizes(void **state)
{
	static const struct {
		const char *word;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "007", 7 },
		{ "4096", 4096 },
		{ "1K", 1024 },
		{ "1k", 1024 },
		{ "64M", 64ull << 20 },
		{ "64m", 64ull << 20 },
		{ "4G", 4ull << 30 },
		{ "4g", 4ull << 30 },
		{ "3T", 3ull << 40 },
		{ "3t", 3ull << 40 },
		{ "0T", 0 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775799", INT64_MAX - 8 },
		{ "9007199254740991K", 9007199254740991ull << 10 },
		{ "8388607T", 8388607ull << 40 },
	};
	static const char bad[][24] = {
		"",
		" 1",
		"1 ",
		"-1",
		"+1",
		"M",
		"64MB",
		"64MM",
		"1.5G",
		"0x10",
		"64B",
		"1P",
		"64{",
		"64\xcd",
		"9223372036854775808",
		"18446744073709551616",
		"99999999999999999999",
		"9007199254740992K",
		"8388608T",
	};
	uint64_t bytes = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(size_parse(good[i].word, &bytes));
		if (bytes != good[i].bytes)
			fail_msg("%s", good[i].word);
	}
	bytes = 42;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (size_parse(bad[i], &bytes) || bytes != 42)
			fail_msg("\"%s\"", bad[i]);
}

static void disabled_by(void **state)
{
	(void)state;
	assert_true(settings_disable("1"));
	assert_true(settings_disable("yes"));
	assert_true(settings_disable("true"));
	assert_false(settings_disable("0"));
	assert_false(settings_disable("trueish"));
	assert_false(settings_disable(""));
	assert_false(settings_disable(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disabled_by),
		cmocka_unit_test(defaults), cmocka_unit_test(programs_to_hand_over),
		cmocka_unit_test(levels),   cmocka_unit_test(log_variable),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
