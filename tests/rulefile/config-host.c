/* SPDX-License-Identifier: MIT */
/*
 * The rule loader changes nothing in its process, whatever the malloc, and however little memory
 * there is.
 */
#include "config-load.h"

#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <sys/resource.h>

/* True with another malloc than libc's: in a run that run_under() starts, or under a sanitizer. */
static bool other_malloc(void)
{
	return getenv("PRIVMAP_TEST_MALLOC") || sanitized();
}

/* Enough to make libconfig allocate, grow and free memory in all its ways. */
static void rules_arrive(void **state)
{
	enum { RULES = 700 };
	static char text[RULES * 80];
	size_t size = (size_t)(stpcpy(text, "rules = (\n") - text);
	struct settings settings;

	(void)state;
	write_file("part", "{ program = ( \"a\" \"b\", \"\\x63\" ); action = \"leave\" }");
	for (unsigned i = 1; i <= RULES; i++)
		size += (size_t)snprintf(
			text + size, 80,
			"{ path = [ \"/srv/%u\", \"*\" ]; action = \"private\" },\n", i);
	strcpy(text + size, "@include \"part\"\n);\nlog = { level = \"info\", target = \"/l\" };\n"
			    "buffer = { memory = 1, limit = \"1G\", spool = \"/s\" }\n");
	settings = must_load_text(text);
	size = 0;
	for (unsigned i = 1; i <= RULES; i++) {
		char rule[80];
		int length = snprintf(rule, sizeof(rule), "l%u%cp/srv/%u%cp*%c=private", i + 1, 0,
				      i, 0, 0);

		assert_memory_equal(settings.rules.text + size, rule, (size_t)length + 1);
		size += (size_t)length + 1;
	}
	settings.rules.text += size;
	settings.rules.size -= size;
	same_rules(settings.rules, ITEMS("l702\0gab\0gc\0=leave\0"));
	assert_string_equal(settings.log_target, "/l");
	assert_string_equal(settings.buffer_spool, "/s");
	write_file("t.conf", "rules = ( { path = [ \"a\", \"b\" \"c\" ] \"d\" } )");
	must_fail("t.conf", "t.conf:1: " SYNTAX("\"d\""));
}

/* libconfig changes the thread's locale, and 1.5 leaves another one behind. */
static void locale_is_kept(void **state)
{
	locale_t mine = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
	locale_t before;

	(void)state;
	if (!mine)
		mine = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	before = uselocale(mine);
	must_load_text("when = \"always\"");
	assert_ptr_equal(uselocale((locale_t)0), mine);
	write_file("t.conf", "(");
	must_fail("t.conf", "t.conf:1: " SYNTAX("("));
	assert_ptr_equal(uselocale(before), mine);
	freelocale(mine);
}

/* Returns how many pages are mapped. */
static unsigned long mapped(void)
{
	FILE *stream = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	assert_non_null(stream);
	assert_int_equal(fscanf(stream, "%lu", &pages), 1);
	fclose(stream);
	return pages;
}

/* Uses nothing of the host's malloc, and leaves nothing mapped after an invalid file. */
/* Returns the bytes that malloc has given out; only glibc tells them. */
static size_t allocated(void)
{
#ifdef __GLIBC__
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

static void nothing_stays(void **state)
{
	static const char *const texts[] = { "x = 1", "when \"a\" \"b\"",
					     "rules = ( { path = [ \"a\", \"b\" 1 ] } )",
					     "@include \"missing\"", "when = \"always\" \"" };
	config_load_function *function;
	void *module;

	(void)state;
	module = open_module(&function);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			struct settings settings = settings_default();
			size_t before, after;
			unsigned long pages;

			write_file("t.conf", texts[i]);
			pages = mapped();
			before = allocated();
			assert_int_equal(function("t.conf", &settings, error, sizeof(error)), -1);
			after = allocated();
			/* in the first round, the linker and libc may keep memory */
			if (round == 0 || other_malloc())
				continue;
			assert_int_equal(after, before);
			assert_int_equal(mapped(), pages);
		}
	dlclose(module);
}

/* Out of memory at any point: a message, and no crash or exit of libconfig. */
static void no_memory(void **state)
{
	static char text[60000];
	config_load_function *function;
	unsigned failed = 0, loaded = 0;
	size_t size;
	void *module;

	(void)state;
#ifndef __GLIBC__
	skip(); /* libconfig gets our malloc only by RTLD_DEEPBIND */
#endif
	if (other_malloc())
		skip();
	module = open_module(&function);
	size = (size_t)(stpcpy(text, "rules=({action=\"leave\";path=[\"a\"") - text);
	while (size < sizeof(text) - 20)
		size = (size_t)(stpcpy(text + size, ",\"bc\"") - text);
	strcpy(text + size, "]})");
	write_file("t.conf", text);
	for (unsigned room = 0; room < 8192; room += 64) {
		pid_t child = fork();
		int status = 0;

		assert_true(child >= 0);
		if (child == 0) {
			struct settings settings = settings_default();
			struct rlimit limit = { 0, 0 };
			unsigned long pages = 0;
			FILE *stream = fopen("/proc/self/statm", "r");

			if (!stream || fscanf(stream, "%lu", &pages) != 1)
				_exit(3);
			limit.rlim_cur = limit.rlim_max = pages * 4096 + room * 1024ul;
			if (setrlimit(RLIMIT_AS, &limit))
				_exit(4);
			if (function("t.conf", &settings, error, sizeof(error)) == 0)
				_exit(0);
			_exit(strcmp(error, "t.conf: cannot be read: out of memory") ? 2 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
			fail_msg("%u KiB: status %#x", room, (unsigned)status);
		failed += WEXITSTATUS(status) == 1;
		loaded += WEXITSTATUS(status) == 0;
	}
	dlclose(module);
	assert_true(failed > 10);
	assert_true(loaded > 10);
}

/* Runs all of this again in a process with another malloc, which has a function of that name. */
static void run_under(const char *library, const char *function)
{
	int status = 0;
	pid_t child;

	if (other_malloc())
		skip();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		setenv("LD_PRELOAD", library, 1);
		setenv("PRIVMAP_TEST_MALLOC", function, 1);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execl("/proc/self/exe", "config", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(); /* it is not installed */
	assert_int_equal(status, 0);
}

static void under_jemalloc(void **state)
{
	(void)state;
	run_under("libjemalloc.so.2", "mallctl");
}

static void under_tcmalloc(void **state)
{
	(void)state;
	run_under("libtcmalloc_minimal.so.4", "tc_malloc");
}

static void under_mimalloc(void **state)
{
	(void)state;
	/* A release has one of the two; the other is ignored. */
	run_under("libmimalloc.so.3 libmimalloc.so.2", "mi_malloc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_arrive),	  cmocka_unit_test(locale_is_kept),
		cmocka_unit_test(nothing_stays),  cmocka_unit_test(no_memory),
		cmocka_unit_test(under_jemalloc), cmocka_unit_test(under_tcmalloc),
		cmocka_unit_test(under_mimalloc),
	};
	const char *function = getenv("PRIVMAP_TEST_MALLOC");

	if (function && !dlsym(RTLD_DEFAULT, function))
		return 77;
	return cmocka_run_group_tests_name("config-host", tests, set_up, tear_down);
}
