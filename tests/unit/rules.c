/* SPDX-License-Identifier: MIT */
/*
 * Rule matching and decisions; and rules ask only what they need to know about a file.
 */
#include "fake-file.h"

static enum rule_tag try_one(struct rules rules, struct fake *file)
{
	struct verdict verdict;
	size_t cursor = 0;
	enum rule_tag failed = rules_try(&rules, &cursor, &file->view, &verdict);

	assert_int_equal(cursor, rules.size);
	return failed;
}

static void actions(void **state)
{
	enum action action = ACTION_LEAVE;

	(void)state;
	assert_true(action_parse("private", &action));
	assert_int_equal(action, ACTION_PRIVATE);
	assert_true(action_parse("buffer", &action));
	assert_int_equal(action, ACTION_BUFFER);
	assert_true(action_parse("leave", &action));
	assert_int_equal(action, ACTION_LEAVE);
	assert_false(action_parse("", &action));
	assert_false(action_parse("Private", &action));
	assert_false(action_parse("privat", &action));
	assert_string_equal(action_name(ACTION_PRIVATE), "private");
	assert_string_equal(action_name(ACTION_BUFFER), "buffer");
	assert_string_equal(action_name(ACTION_LEAVE), "leave");
}

static void paths(void **state)
{
	static const struct {
		struct rules rules;
		const char *path;
		bool matches;
	} table[] = {
		{ RULES("p/srv/*\0=private\0"), "/srv/a/b", true },
		{ RULES("p/srv/*\0=private\0"), "/home/srv/a", false },
		{ RULES("p*.idx\0=private\0"), "/a/b.idx", true },
		{ RULES("p*.idx\0=private\0"), "/a.idx/b", false },
		{ RULES("pb\0=private\0"), "/a/b", true },
		{ RULES("pa\0=private\0"), "/a/b", false },
		{ RULES("p/b\0=private\0"), "/a/b", false },
		{ RULES("px\0pb\0=private\0"), "/a/b", true },
		{ RULES("pb\0px\0=private\0"), "/a/b", true },
		{ RULES("px\0py\0=private\0"), "/a/b", false },
		{ RULES("p*\0=private\0"), "/a/b", true },
		{ RULES("p*\0=private\0"), NULL, false },
		{ RULES("=private\0"), NULL, true },
		{ RULES("r\0p*\0=private\0"), "/a/b", true },
		{ RULES("w1\0=private\0"), "/a/b", true },
		{ RULES("w0\0=private\0"), NULL, false },
		{ RULES("w1\0=private\0"), NULL, false },
		{ RULES("v1\0=private\0"), "/a/b", true },
		{ RULES("v0\0=private\0"), "/a/b", false },
		{ RULES("v1\0=private\0"), NULL, false },
		{ RULES("v0\0=private\0"), NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fake file = file_at(table[i].path);

		file.read_only = true;
		file.worktree = true;
		file.git = true;
		if ((try_one(table[i].rules, &file) == RULE_ACTION) != table[i].matches)
			fail_msg("%s on %s", table[i].rules.text, table[i].path);
	}
}

static void names(void **state)
{
	static const struct {
		struct rules rules;
		const char *program, *filesystem;
		bool matches;
	} table[] = {
		{ RULES("ggix\0=private\0"), "/usr/bin/gix", "x", true },
		{ RULES("ggix\0=private\0"), "gix", "x", true },
		{ RULES("ggix\0=private\0"), "/gix/other", "x", false },
		{ RULES("ggix\0=private\0"), "/usr/bin/gixx", "x", false },
		{ RULES("ggix\0=private\0"), NULL, "x", false },
		{ RULES("gg*\0=private\0"), "/usr/bin/gix", "x", false },
		{ RULES("g/usr/bin/gix\0=private\0"), "/usr/bin/gix", "x", true },
		{ RULES("g/usr/bin/gix\0=private\0"), "/opt/bin/gix", "x", false },
		{ RULES("gbin/gix\0=private\0"), "/usr/bin/gix", "x", false },
		{ RULES("gcat\0ggix\0=private\0"), "/usr/bin/gix", "x", true },
		{ RULES("fvirtiofs\0=private\0"), "p", "virtiofs", true },
		{ RULES("fvirtiofs\0=private\0"), "p", "virtio", false },
		{ RULES("fvirtiofs\0=private\0"), "p", NULL, false },
		{ RULES("ffuse\0=private\0"), "p", "fuse.sshfs", false },
		{ RULES("f9p\0ffuse.sshfs\0=private\0"), "p", "fuse.sshfs", true },
		{ RULES("ggix\0fvirtiofs\0=private\0"), "gix", "virtiofs", true },
		{ RULES("ggix\0fvirtiofs\0=private\0"), "gix", "9p", false },
		{ RULES("ggix\0fvirtiofs\0=private\0"), "cat", "virtiofs", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fake file = file_at("/a/b");

		file.program = table[i].program;
		file.filesystem = table[i].filesystem;
		if ((try_one(table[i].rules, &file) == RULE_ACTION) != table[i].matches)
			fail_msg("%zu: %s", i, table[i].rules.text);
	}
}

/* Which condition a file fails first, for every rule that can be made and every kind of file. */
static void truth_table(void **state)
{
	static const struct {
		const char *item;
		enum rule_tag tag;
	} conditions[] = {
		{ "r", RULE_READ_ONLY },      { "p*.good", RULE_PATH }, { "ggood", RULE_PROGRAM },
		{ "fgood", RULE_FILESYSTEM }, { "w1", RULE_WORKTREE },	{ "w0", RULE_WORKTREE },
		{ "v1", RULE_GIT },
	};
	enum { CONDITIONS = 7, ALL = 1 << CONDITIONS };

	(void)state;
	for (unsigned rule = 0; rule < 4 * ALL; rule++) {
		char text[80];
		size_t size = 0;
		bool may_be_database = rule & ALL;
		bool always = rule & 2 * ALL;

		for (unsigned i = 0; i < CONDITIONS; i++)
			if (rule >> i & 1) {
				size_t length = strlen(conditions[i].item) + 1;

				memcpy(text + size, conditions[i].item, length);
				size += length;
			}
		if (may_be_database)
			size += (size_t)(stpcpy(text + size, "d") + 1 - (text + size));
		if (always)
			size += (size_t)(stpcpy(text + size, "a") + 1 - (text + size));
		size += (size_t)(stpcpy(text + size, "=buffer") + 1 - (text + size));
		/* bits of a file: the conditions that are true, in their order; then database */
		for (unsigned bits = 0; bits < 128; bits++) {
			struct fake file = file_at(bits & 2 ? "/a/b.good" : "/a/b.bad");
			bool holds[CONDITIONS] = { bits & 1,  bits & 2,	    bits & 4, bits & 8,
						   bits & 16, !(bits & 16), bits & 64 };
			enum rule_tag expected = RULE_ACTION;
			/* "w1" and "w0" together are one group: one of them is enough */
			bool either = (rule & 48) == 48;
			struct rules rules = { text, size };
			struct verdict verdict;
			size_t cursor = 0;

			file.read_only = bits & 1;
			file.program = bits & 4 ? "/bin/good" : "/bin/bad";
			file.filesystem = bits & 8 ? "good" : "bad";
			file.worktree = bits & 16;
			file.database = bits & 32;
			file.git = bits & 64;
			for (unsigned i = CONDITIONS; i-- > 0;)
				if (rule >> i & 1 && !holds[i] && !((i == 4 || i == 5) && either))
					expected = conditions[i].tag;
			if (expected == RULE_ACTION && file.database && !may_be_database)
				expected = RULE_DATABASE;
			if (rules_try(&rules, &cursor, &file.view, &verdict) != expected)
				fail_msg("rule %#x file %#x, not %c", rule, bits, (char)expected);
			assert_int_equal(cursor, size);
			assert_int_equal(verdict.action, ACTION_BUFFER);
			assert_int_equal(verdict.always, always);
			assert_null(verdict.line);
		}
	}
}

/* The questions and their order, for each outcome. */
static void laziness(void **state)
{
	static const struct {
		struct rules rules;
		const char *asked;
	} table[] = {
		{ RULES("=private\0"), "d" },
		{ RULES("d\0=private\0"), "" },
		{ RULES("p*.other\0ggix\0fx\0w1\0=private\0"), "" },
		{ RULES("p*.other\0ggix\0fx\0w1\0r\0=private\0"), "" },
		{ RULES("p*\0ggix\0fx\0w1\0r\0=private\0"), "gfwr" },
		{ RULES("p*\0gcat\0fx\0w1\0=private\0"), "g" },
		{ RULES("p*\0gcat\0gdog\0fx\0w1\0=private\0"), "gg" },
		{ RULES("p*\0ggix\0gdog\0fy\0w1\0=private\0"), "gf" },
		{ RULES("ggix\0fx\0w0\0=private\0"), "gfw" },
		{ RULES("ggix\0w1\0v1\0r\0=private\0"), "gwv" },
		{ RULES("ks\0v0\0r\0d\0=private\0"), "vr" },
		{ RULES("kp\0v0\0r\0d\0=private\0"), "" },
		{ RULES("ggix\0fx\0w1\0=private\0"), "gfwd" },
		{ RULES("ggix\0fx\0w1\0d\0=private\0"), "gfw" },
		{ RULES("l7\0w1\0a\0=leave\0"), "wd" },
		/* nothing after the rule that matches */
		{ RULES("fx\0d\0=private\0ggix\0w1\0=buffer\0"), "f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fake file = file_at("/a/b");

		file.program = "gix";
		file.filesystem = "x";
		file.worktree = true;
		rules_decide(&table[i].rules, &file.view);
		if (strcmp(file.asked, table[i].asked) != 0)
			fail_msg("%zu: asked %s, not %s", i, file.asked, table[i].asked);
	}
}

static void decisions(void **state)
{
	static const struct rules rules = RULES("l3\0pa\0=private\0"
						"l4\0pb\0a\0c\0=buffer\0"
						"pa\0=leave\0"
						"pc\0=leave\0"
						"l9\0p?\0=private\0");
	struct fake file = file_at("/x/a");
	struct verdict verdict = rules_decide(&rules, &file.view);

	(void)state;
	assert_int_equal(verdict.action, ACTION_PRIVATE);
	assert_int_equal(verdict.rule, 1);
	assert_string_equal(verdict.line, "3");
	assert_false(verdict.always);
	assert_false(verdict.keep);

	file = file_at("/x/b");
	verdict = rules_decide(&rules, &file.view);
	assert_int_equal(verdict.action, ACTION_BUFFER);
	assert_int_equal(verdict.rule, 2);
	assert_string_equal(verdict.line, "4");
	assert_true(verdict.always);
	assert_true(verdict.keep);

	file = file_at("/x/c");
	verdict = rules_decide(&rules, &file.view);
	assert_int_equal(verdict.action, ACTION_LEAVE);
	assert_int_equal(verdict.rule, 4);
	assert_null(verdict.line);

	file = file_at("/x/d");
	verdict = rules_decide(&rules, &file.view);
	assert_int_equal(verdict.action, ACTION_PRIVATE);
	assert_int_equal(verdict.rule, 5);
	assert_string_equal(verdict.line, "9");
	assert_false(verdict.always);

	file = file_at("/x/other");
	verdict = rules_decide(&rules, &file.view);
	assert_int_equal(verdict.action, ACTION_LEAVE);
	assert_int_equal(verdict.rule, 0);
	assert_null(verdict.line);
	assert_false(verdict.database);
	assert_false(verdict.always);
}

static void no_rules(void **state)
{
	static const struct rules rules = { "", 0 };
	struct fake file = file_at("/x/a");
	struct verdict verdict = rules_decide(&rules, &file.view);

	(void)state;
	assert_int_equal(verdict.action, ACTION_LEAVE);
	assert_int_equal(verdict.rule, 0);
	assert_string_equal(file.asked, "");
	assert_false(rules_ask_for(&rules, RULE_ALWAYS));
}

static struct verdict of_database(struct rules rules)
{
	struct fake file = file_at("/x/a");

	file.database = true;
	return rules_decide(&rules, &file.view);
}

/* A database is not served, and the answer says if a rule would have served it. */
static void databases(void **state)
{
	struct verdict verdict = of_database(RULES("pa\0=private\0"));

	(void)state;
	assert_int_equal(verdict.rule, 0);
	assert_int_equal(verdict.action, ACTION_LEAVE);
	assert_true(verdict.database);
	assert_false(of_database(RULES("pa\0=leave\0")).database);
	assert_false(of_database(RULES("pb\0=private\0")).database);
	assert_true(of_database(RULES("pa\0=buffer\0"
				      "pb\0=private\0"))
			    .database);
	assert_true(of_database(RULES("pa\0=leave\0"
				      "pa\0=private\0"))
			    .database);

	verdict = of_database(RULES("pa\0=private\0"
				    "pa\0d\0=buffer\0"));
	assert_int_equal(verdict.rule, 2);
	assert_int_equal(verdict.action, ACTION_BUFFER);
	assert_false(verdict.database);
}

static enum rule_tag of_kind(struct rules rules, bool private)
{
	struct fake file = file_at("/x/a");

	file.view.private = private;
	return try_one(rules, &file);
}

static void kinds(void **state)
{
	(void)state;
	assert_int_equal(of_kind(RULES("=private\0"), false), RULE_ACTION);
	assert_int_equal(of_kind(RULES("=private\0"), true), RULE_ACTION);
	assert_int_equal(of_kind(RULES("ks\0=private\0"), false), RULE_ACTION);
	assert_int_equal(of_kind(RULES("ks\0=private\0"), true), RULE_KIND);
	assert_int_equal(of_kind(RULES("kp\0=private\0"), false), RULE_KIND);
	assert_int_equal(of_kind(RULES("kp\0=private\0"), true), RULE_ACTION);
}

static void asking_for_tags(void **state)
{
	static const struct rules rules = RULES("l1\0pa\0=private\0"
						"pfile\0w1\0=leave\0");

	(void)state;
	assert_true(rules_ask_for(&rules, RULE_PATH));
	assert_true(rules_ask_for(&rules, RULE_LINE));
	assert_true(rules_ask_for(&rules, RULE_WORKTREE));
	assert_true(rules_ask_for(&rules, RULE_ACTION));
	/* the letters are in words, but begin no item */
	assert_false(rules_ask_for(&rules, RULE_ALWAYS));
	assert_false(rules_ask_for(&rules, RULE_FILESYSTEM));
	assert_false(rules_ask_for(&rules, RULE_READ_ONLY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions),  cmocka_unit_test(paths),
		cmocka_unit_test(names),    cmocka_unit_test(truth_table),
		cmocka_unit_test(laziness), cmocka_unit_test(decisions),
		cmocka_unit_test(no_rules), cmocka_unit_test(databases),
		cmocka_unit_test(kinds),    cmocka_unit_test(asking_for_tags),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
