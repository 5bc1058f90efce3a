/* SPDX-License-Identifier: MIT */
/*
 * The rule loader privmap-config.so: every setting, includes, the shipped files.
 */
#include "config-load.h"

#include <dirent.h>
#include <sys/stat.h>

static void every_setting(void **state)
{
	static const char text[] =
		"when = \"always\";\n"
		"rules = (\n"
		"  { action = \"private\"; program = \"gix\"; path = \"*\"; when = \"refused\" },\n"
		"  # a comment\n"
		"  { path = [ \"/srv/data/*\", \"*.idx\" ]; filesystem = \"virtiofs\";\n"
		"    program = ( \"gix\", \"/bin/cat\" ); access = \"read-only\"; worktree = "
		"true;\n"
		"    git = true; kind = \"private\"; database = true; keep = true; "
		"action = \"buffer\" },\n"
		"  { filesystem = [ \"9p\", \"fuse.sshfs\" ]; access = \"any\"; worktree = false;\n"
		"    git = false; kind = \"any\"; database = false; keep = false; "
		"when = \"always\"; action = \"leave\"; }, "
		"{ action = \"private\"; kind = \"shared\" }\n"
		");\n"
		"buffer : { memory = \"1M\"; spool = \"/spool\"; limit = 12345678901; "
		"keep = \"2G\"; };\n"
		"trace = [ \"starship\", \"x*\" ];\n"
		"log : { level = \"debug\"; target = \"/log/%p\"; };\n";
	struct settings settings = must_load_text(text);

	(void)state;
	same_rules(settings.rules, ITEMS("l3\0p*\0ggix\0=private\0"
					 "l5\0kp\0p/srv/data/*\0p*.idx\0ggix\0g/bin/cat\0"
					 "fvirtiofs\0w1\0v1\0r\0d\0a\0c\0=buffer\0"
					 "l8\0f9p\0ffuse.sshfs\0w0\0v0\0a\0=leave\0"
					 "l9\0ks\0a\0=private\0"));
	assert_int_equal(settings.log_level, LOG_LEVEL_DEBUG);
	assert_string_equal(settings.log_target, "/log/%p");
	assert_int_equal(settings.buffer_memory, 1 << 20);
	assert_int_equal(settings.buffer_limit, 12345678901);
	assert_int_equal(settings.buffer_keep, 2ll << 30);
	assert_string_equal(settings.buffer_spool, "/spool");
	/* in one piece, outside of the module, which is gone */
	assert_ptr_equal(settings.log_target, settings.rules.text + settings.rules.size);
	assert_ptr_equal(settings.buffer_spool, settings.log_target + sizeof("/log/%p"));
	assert_ptr_equal(settings.trace, settings.buffer_spool + sizeof("/spool"));
	assert_int_equal(settings.trace_size, sizeof("starship\0x*"));
	assert_memory_equal(settings.trace, "starship\0x*", sizeof("starship\0x*"));
#ifdef __GLIBC__ /* musl unloads nothing */
	assert_null(dlopen(module_name, RTLD_NOW | RTLD_NOLOAD));
#endif
}

/* They come after the file's rules, which have lines, wherever the file says it. */
static void built_in_rules_come_last(void **state)
{
	const struct rules builtin = rules_builtin();
	static const char own[] = "l2\0p*.x\0=leave"; /* its last NUL ends an item */
	struct settings settings =
		must_load_text("builtin = true;\n"
			       "rules = ( { path = \"*.x\"; action = \"leave\"; } );");

	(void)state;
	assert_int_equal(settings.rules.size, sizeof(own) + builtin.size);
	assert_memory_equal(settings.rules.text, own, sizeof(own));
	assert_memory_equal(settings.rules.text + sizeof(own), builtin.text, builtin.size);
	same_rules(must_load_text("builtin = true;").rules, builtin.text, builtin.size);
	assert_int_equal(must_load_text("builtin = false;").rules.size, 0);
}

static void what_is_not_said_stays(void **state)
{
	struct settings settings = settings_default();

	(void)state;
	settings.log_level = LOG_LEVEL_WARN;
	settings.log_target = "kept";
	settings.buffer_memory = 1;
	settings.buffer_limit = 2;
	settings.buffer_keep = 4;
	settings.buffer_spool = "/kept";
	settings.trace = "kept";
	settings.trace_size = sizeof("kept");
	write_file("t.conf", "log : { level = \"info\" }\nbuffer : { limit = 3 }");
	assert_int_equal(load("t.conf", &settings), 0);
	assert_int_equal(settings.rules.size, 0);
	assert_int_equal(settings.log_level, LOG_LEVEL_INFO);
	assert_string_equal(settings.log_target, "kept");
	assert_int_equal(settings.buffer_memory, 1);
	assert_int_equal(settings.buffer_limit, 3);
	assert_int_equal(settings.buffer_keep, 4);
	assert_string_equal(settings.buffer_spool, "/kept");
	assert_int_equal(settings.trace_size, sizeof("kept"));
	assert_string_equal(settings.trace, "kept");
}

/* One name, several, and none. */
static void programs_to_hand_over(void **state)
{
	static const struct {
		const char *value, *names;
		size_t size;
	} table[] = {
		{ "\"gix\"", ITEMS("gix\0") },
		{ "[ \"gix\" ]", ITEMS("gix\0") },
		{ "( \"a\", \"[b-d]?*\" )", ITEMS("a\0[b-d]?*\0") },
		{ "[ ]", ITEMS("") },
		{ "( )", ITEMS("") },
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct settings settings;

		snprintf(text, sizeof(text), "trace = %s;", table[i].value);
		settings = must_load_text(text);
		assert_int_equal(settings.trace_size, table[i].size);
		assert_memory_equal(settings.trace, table[i].names, table[i].size);
	}
}

static void words(void **state)
{
	static const char *const levels[] = { "off", "error", "warn", "info", "debug" };
	static const char *const targets[] = { "stderr", "syslog", "name", "%p", "/a b\n" };
	static const struct {
		const char *word;
		uint64_t bytes;
	} sizes[] = {
		{ "0", 0 },
		{ "\"0\"", 0 },
		{ "+7", 7 },
		{ "4096", 4096 },
		{ "2147483648", 1u << 31 },
		{ "4294967296", 1ull << 32 },
		{ "4294967297L", (1ull << 32) + 1 },
		{ "\"64m\"", 64 << 20 },
		{ "\"3T\"", 3ull << 40 },
		{ "9223372036854775806", INT64_MAX - 1 },
		{ "\"9223372036854775807\"", INT64_MAX },
	};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct settings settings;

		snprintf(text, sizeof(text), "log = { level = \"%s\", target = \"%s\" }", levels[i],
			 targets[i]);
		settings = must_load_text(text);
		assert_int_equal(settings.log_level, i);
		assert_string_equal(settings.log_target, targets[i]);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct settings settings;

		snprintf(text, sizeof(text), "buffer={limit=%s;memory=%s}", sizes[i].word,
			 sizes[i].word);
		settings = must_load_text(text);
		if (settings.buffer_limit != sizes[i].bytes ||
		    settings.buffer_memory != sizes[i].bytes)
			fail_msg("%s: %llu", text, (unsigned long long)settings.buffer_limit);
	}
}

/* Files that look odd and are valid. */
static void odd_but_right(void **state)
{
	(void)state;
	same_rules(must_load_text("").rules, ITEMS(""));
	same_rules(must_load("/dev/null").rules, ITEMS(""));
	same_rules(must_load_text("# only this").rules, ITEMS(""));
	same_rules(must_load_text("// this\n/* and\nthat */").rules, ITEMS(""));
	same_rules(must_load_text("rules = ( )").rules, ITEMS(""));
	same_rules(must_load_text("rules:({action:\"leave\"})").rules, ITEMS("l1\0=leave\0"));
	/* a "when" after the rules */
	same_rules(must_load_text("rules=({action=\"leave\"});when=\"always\"").rules,
		   ITEMS("l1\0a\0=leave\0"));
	same_rules(
		must_load_text(
			"when=\"refused\"\r\n\r\nrules = (\r\n{\r\naction=\"leave\"\r\n}\r\n)\r\n")
			.rules,
		ITEMS("l4\0=leave\0"));
	/* strings: any byte, joined ones, and text that looks like a comment or an include */
	same_rules(
		must_load_text("rules=({path=\"\\x01\n\\\"\\\\ \\xff\";action=\"leave\"})").rules,
		ITEMS("l1\0p\1\n\"\\ \xff\0=leave\0"));
	same_rules(must_load_text("rules=({path=\"a\" \"b\"\n\"c\";action=\"leave\"})").rules,
		   ITEMS("l1\0pabc\0=leave\0"));
	same_rules(must_load_text("rules=({path=\"#//*\n@include \\\"x\\\"\";"
				  "action=\"leave\"})")
			   .rules,
		   ITEMS("l1\0p#//*\n@include \"x\"\0=leave\0"));
	/* comments that look like strings and includes */
	same_rules(must_load_text(
			   "# \"\n// /*\n/* # \"\n@include \"x\"\n*/rules=({action=\"leave\"})#\"")
			   .rules,
		   ITEMS("l5\0=leave\0"));
}

/* One string as long as a file may be, and as many as fit; checks what stays in memory. */
static void long_strings(void **state)
{
	static char bytes[1 << 20];
	struct rules rules;
	size_t size = 0;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "rules=({path=\"", 14);
	memcpy(bytes + sizeof(bytes) - 19, "\";action=\"leave\"})\n", 19);
	write_bytes("t.conf", bytes, sizeof(bytes));
	rules = must_load("t.conf").rules;
	assert_int_equal(rules.size, sizeof("l1") + 2 + sizeof(bytes) - 14 - 19 + sizeof("=leave"));

	size = (size_t)(stpcpy(bytes, "rules=({action=\"leave\";path=[\"a\"") - bytes);
	while (size < 100000)
		size = (size_t)(stpcpy(bytes + size, ",\"\\x61\\\\\"\n") - bytes);
	size = (size_t)(stpcpy(bytes + size, ",\"\"]})") - bytes);
	write_bytes("t.conf", bytes, size);
	must_fail("t.conf", "t.conf:9998: path holds \"\"; it must be a string that is not empty");
}

static void includes(void **state)
{
	char text[PATH_MAX + 100];

	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	write_file("sub/rules", "{ action = \"leave\" },\n{ path = [\n@include \"globs\"\n]; "
				"action = \"buffer\" }");
	write_file("sub/globs", "\"a\",\n\"b\" # and no more");
	write_file("sub/empty", "");
	write_file("t.conf", "when = \"always\"\nrules = (\n{ action = \"private\" },\n"
			     " \t@include\t \"sub/rules\" , { action = \"leave\" }\n"
			     "@include \"sub/empty\"\n)\nlog = { level = \"off\" }");
	same_rules(must_load("t.conf").rules, ITEMS("l3\0a\0=private\0"
						    "l4\0a\0=leave\0"
						    "l4\0pa\0pb\0a\0=buffer\0"
						    "l4\0a\0=leave\0"));
	/* by its absolute name, from another directory */
	snprintf(text, sizeof(text), "rules = (\n@include \"%s/sub/rules\"\n)", directory);
	write_file("sub/t.conf", text);
	same_rules(must_load("sub/t.conf").rules, ITEMS("l2\0=leave\0"
							"l2\0pa\0pb\0=buffer\0"));
	/* as deep as allowed */
	write_file("0", "{ action = \"leave\" }");
	for (int i = 1; i < 10; i++) {
		char name[2] = { (char)('0' + i), '\0' };

		snprintf(text, sizeof(text), "@include \"%d\"", i - 1);
		write_file(name, text);
	}
	write_file("t.conf", "rules = (\n@include \"9\"\n)");
	same_rules(must_load("t.conf").rules, ITEMS("l2\0=leave\0"));
	write_file("0", "@include \"/dev/null\"");
	must_fail("t.conf",
		  "0:1: @include \"/dev/null\" cannot be read: includes may be nested 10 deep");
	/* a quote in a name */
	assert_int_equal(rename("sub/empty", "sub/a\"\\b"), 0);
	write_file("t.conf", "@include \"sub/a\\\"\\\\b\"");
	must_load("t.conf");
	/* no includes: not at a line's start, in a string, in a comment */
	write_file("t.conf", "when = \"\n@include \"\nx");
	must_fail("t.conf", "t.conf:3: " SYNTAX_END);
	write_file("t.conf", "/*\n@include \"x\"\n*/ @include \"y\"");
	must_fail("t.conf", "t.conf:3: " SYNTAX("@"));
	write_file("t.conf", "@include \"/dev/null\" @include \"/dev/null\"");
	must_fail("t.conf", "t.conf:1: " SYNTAX("@"));
	write_file("t.conf", "@incfile \"/dev/null\"");
	must_fail("t.conf", "t.conf:1: " SYNTAX("@"));
	write_file("t.conf", "@include\"/dev/null\"");
	must_fail("t.conf", "t.conf:1: " SYNTAX("@"));
	write_file("t.conf", "@include/dev/null\n");
	must_fail("t.conf", "t.conf:1: " SYNTAX("@"));
}

/* The list of files that were read, for checks whether they have changed. */
static void sources(void **state)
{
	static const char wanted[] = "./t.conf\0./part\0./part";
	struct settings settings;

	(void)state;
	write_file("part", "");
	write_file("t.conf", "@include \"part\"\n@include \"part\"\n");
	settings = must_load("./t.conf");
	assert_int_equal(settings.sources_size, sizeof(wanted));
	assert_memory_equal(settings.sources, wanted, sizeof(wanted));
	assert_int_equal(settings_default().sources_size, 0);
}

/* Rules without their lines, and without the items of one more tag. */
static size_t without(struct rules rules, enum rule_tag tag, char *bytes)
{
	size_t size = 0;

	for (size_t at = 0; at < rules.size; at += strlen(rules.text + at) + 1)
		if (rules.text[at] != RULE_LINE && rules.text[at] != (char)tag)
			size = (size_t)(stpcpy(bytes + size, rules.text + at) + 1 - bytes);
	return size;
}

static size_t without_lines(struct rules rules, char *bytes)
{
	return without(rules, RULE_LINE, bytes);
}

/* These are the built-in rules, for some filesystems. */
static void built_in_for_filesystems(const struct settings *settings)
{
	const struct rules builtin = rules_builtin();
	char bytes[4096];

	assert_true(rules_ask_for(&settings->rules, RULE_FILESYSTEM));
	assert_int_equal(without(settings->rules, RULE_FILESYSTEM, bytes), builtin.size);
	assert_memory_equal(bytes, builtin.text, builtin.size);
}

static void defaults_but_rules(const struct settings *settings)
{
	const struct settings defaults = settings_default();

	assert_int_equal(settings->log_level, defaults.log_level);
	assert_string_equal(settings->log_target, defaults.log_target);
	assert_int_equal(settings->buffer_memory, defaults.buffer_memory);
	assert_int_equal(settings->buffer_limit, defaults.buffer_limit);
	assert_int_equal(settings->buffer_keep, defaults.buffer_keep);
	assert_string_equal(settings->buffer_spool, defaults.buffer_spool);
	assert_int_equal(settings->trace_size, defaults.trace_size);
	assert_memory_equal(settings->trace, defaults.trace, defaults.trace_size);
}

static void shipped_file_is_built_in(void **state)
{
	const struct rules builtin = rules_builtin();
	struct settings settings;
	char name[PATH_MAX + 20], bytes[4096];

	(void)state;
	snprintf(name, sizeof(name), "%s/privmap.conf", shipped);
	settings = must_load(name);
	assert_int_equal(without_lines(settings.rules, bytes), builtin.size);
	assert_memory_equal(bytes, builtin.text, builtin.size);
	defaults_but_rules(&settings);
}

/* The defaults that the shipped file shows, without their '#', are the real defaults. */
static void shipped_comments_are_right(void **state)
{
	/* none of them is the default */
	struct settings settings = {
		.log_level = LOG_LEVEL_DEBUG, .log_target = "-", .buffer_spool = "-", .trace = "-"
	};
	char name[PATH_MAX + 20], bytes[4096];
	size_t size, example;
	static char text[1 << 14];

	(void)state;
	snprintf(name, sizeof(name), "%s/privmap.conf", shipped);
	size = read_bytes(name, text, sizeof(text));
	for (size_t i = 0; i + 1 < size; i++)
		if (text[i] == '#' && (i == 0 || text[i - 1] == '\n') &&
		    !strchr(" \n", text[i + 1]))
			text[i] = ' ';
	write_bytes("t.conf", text, size);
	if (load("t.conf", &settings))
		fail_msg("%s", error);
	defaults_but_rules(&settings);
	/* one more rule than without it */
	size = without_lines(settings.rules, bytes);
	example = size - rules_builtin().size;
	assert_memory_equal(bytes + example, rules_builtin().text, rules_builtin().size);
	assert_string_equal(bytes + example - sizeof("=buffer"), "=buffer");
	assert_int_equal(rules_ask_for(&settings.rules, RULE_FILESYSTEM), true);
	assert_int_equal(rules_ask_for(&settings.rules, RULE_ALWAYS), true);
}

static void examples(void **state)
{
	char name[2 * PATH_MAX];
	struct dirent *entry;
	unsigned count = 0;
	DIR *listing;

	(void)state;
	snprintf(name, sizeof(name), "%s/examples", shipped);
	listing = opendir(name);
	assert_non_null(listing);
	while ((entry = readdir(listing))) {
		struct settings settings;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/examples/%s", shipped, entry->d_name);
		settings = must_load(name);
		assert_true(settings.rules.size > 0);
		if (strcmp(entry->d_name, "arrays.conf") == 0)
			assert_int_equal(settings.buffer_memory, 512 << 20);
		if (strcmp(entry->d_name, "leave-program.conf") == 0)
			assert_int_equal(settings.log_level, LOG_LEVEL_INFO);
		if (strcmp(entry->d_name, "share.conf") == 0)
			built_in_for_filesystems(&settings);
		count++;
	}
	closedir(listing);
	assert_true(count >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting),
		cmocka_unit_test(built_in_rules_come_last),
		cmocka_unit_test(what_is_not_said_stays),
		cmocka_unit_test(programs_to_hand_over),
		cmocka_unit_test(words),
		cmocka_unit_test(odd_but_right),
		cmocka_unit_test(long_strings),
		cmocka_unit_test(includes),
		cmocka_unit_test(sources),
		cmocka_unit_test(shipped_file_is_built_in),
		cmocka_unit_test(shipped_comments_are_right),
		cmocka_unit_test(examples),
	};

	return cmocka_run_group_tests_name("config", tests, set_up, tear_down);
}
