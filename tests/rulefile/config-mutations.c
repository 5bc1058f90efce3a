/* SPDX-License-Identifier: MIT */
/*
 * The rule loader on $PRIVMAP_MUTATIONS (5000) damaged copies of the shipped file: it accepts them,
 * or prints one line that begins with the file's name. Finds most if module and test are built with
 * -fsanitize=address,undefined.
 */
#include "config-load.h"

static uint64_t random_state = 1;

static size_t below(size_t limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(random_state >> 33) % limit;
}

/* Inserts a piece of syntax, changes a byte, drops or repeats a part, or truncates. */
static size_t damage(char *text, size_t size)
{
	static const char soup[] =
		"\"\\ ( ) { } [ ] = ; , /* */ // # 0x1F -1 1.5e3 99999999999L true\n\r\n"
		"@include \"t.conf\"\n@include \"/dev/null\" \\x00 \\x41 \xff \f\t";
	size_t at = below(size + 1), from = below(sizeof(soup) - 1), kind = below(9);
	size_t length = 1 + below(kind < 3 ? sizeof(soup) - 1 - from : 40);

	if (kind >= 3 && length > size - at)
		length = size - at;
	if (kind == 8)
		return below(40) ? size : at;
	if (kind == 7 && at < size)
		text[at] = (char)below(256);
	if (kind == 7)
		return size;
	if (kind >= 5) {
		memmove(text + at, text + at + length, size - at - length);
		return size - length;
	}
	memmove(text + at + length, text + at, size - at);
	if (kind < 3)
		memcpy(text + at, soup + from, length);
	return size + length;
}

static void mutations(void **state)
{
	const char *wanted = getenv("PRIVMAP_MUTATIONS");
	unsigned long count = wanted ? strtoul(wanted, NULL, 10) : 5000, good = 0;
	config_load_function *function;
	void *module = open_module(&function);
	static char whole[8192], text[16384];
	char name[PATH_MAX + 20];

	(void)state;
	snprintf(name, sizeof(name), "%s/privmap.conf", shipped);
	for (unsigned long i = 0; i < count; i++) {
		struct settings settings = settings_default();
		size_t size = read_bytes(name, whole, sizeof(whole));

		memcpy(text, whole, size);
		for (size_t times = 1 + below(4); times; times--)
			size = damage(text, size);
		write_bytes("t.conf", text, size);
		memset(error, 'X', sizeof(error));
		if (function("t.conf", &settings, error, sizeof(error)) == 0)
			good++;
		else if (strncmp(error, "t.conf:", 7) != 0 || strchr(error, '\n') ||
			 !memchr(error, '\0', sizeof(error)) || strstr(error, "open include"))
			fail_msg("%lu: %.*s", i, (int)sizeof(error), error);
	}
	dlclose(module);
	assert_true(good > count / 20 && good < count - count / 20); /* some of both */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(mutations) };

	return cmocka_run_group_tests_name("config-mutations", tests, set_up, tear_down);
}
