/* SPDX-License-Identifier: MIT */
/*
 * glob_matches(): a table, each class byte by byte, and millions of random pairs against fnmatch(3)
 * in the C locale; and how many steps it takes.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The matcher, which counts here its comparisons with names of classes. */
static unsigned long comparisons;
#undef strncmp
#define strncmp(a, b, n) (comparisons++, (strncmp)(a, b, n))
#include "../shim/core/rules/glob.c"
#undef strncmp

struct example {
	const char *pattern;
	const char *text;
	bool matches;
};

static void check(const struct example *examples, size_t count)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		bool matches = glob_matches(examples[i].pattern, examples[i].text);

		if (matches == examples[i].matches)
			continue;
		print_error("%s on %s: %d\n", examples[i].pattern, examples[i].text, matches);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

#define CHECK(examples) check(examples, sizeof(examples) / sizeof((examples)[0]))

static const struct example as_fnmatch[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "a", "", false },
	{ "*", "", true },
	{ "*", "/a/b", true },
	{ "**", "", true },
	{ "?", "", false },
	{ "?", "/", true },
	{ "??", "a", false },
	{ "*/.git/*", "/home/u/r/.git/objects/pack/.tmpAb3", true },
	{ "*/.git/*", "/home/u/r/.gitignore", false },
	{ "*/.git/*", "/home/u/r/.git", false },
	{ "*.git/*", "/srv/r.git/packed-refs", true },
	{ "*/objects/?"
	  "?/*",
	  "/d/objects/0a/ff", true },
	{ "*/objects/?"
	  "?/*",
	  "/d/objects/0/ff", false },
	{ "*.idx", "/a.idx/b", false },
	{ "*.idx", "/a/b.idx.idx", true },
	{ "a*b*c", "aXbXbXc", true },
	{ "a*b*c", "aXbXbX", false },
	{ "[abc]", "b", true },
	{ "[abc]", "d", false },
	{ "[!abc]", "d", true },
	{ "[^abc]", "a", false },
	{ "[!abc]", "", false },
	{ "[a-c]x", "bx", true },
	{ "[c-a]", "b", false },
	{ "[]]", "]", true },
	{ "[!]]", "]", false },
	{ "[]-a]", "^", true },
	{ "[a-]", "-", true },
	{ "[-a]", "-", true },
	{ "[\\]]", "]", true },
	{ "[\\a-\\c]", "b", true },
	{ "[a", "[a", true },
	{ "[", "[", true },
	{ "a[", "a[", true },
	{ "[*]", "*", true },
	{ "[*]", "a", false },
	{ "[/]", "/", true },
	{ "[[:digit:]x]", "7", true },
	{ "[[:digit:]x]", "x", true },
	{ "[![:digit:]]", "7", false },
	{ "[[:digit:]-z]", "-", true },
	{ "\\*", "*", true },
	{ "\\*", "a", false },
	{ "\\a", "a", true },
	{ "\\\\", "\\", true },
	{ "*\\", "a\\", false }, /* a '\' at the end matches nothing: POSIX.1-2024 */
	{ "\\", "\\", false },
	{ ".*", ".a", true },
	{ "*", ".a", true },
	{ "\xff", "\xff", true },
	{ "?", "\xc3", true },
	{ "[\x80-\xff]", "\xc3", true },
	{ "[\x80-\xff]", "a", false },
};

static void table(void **state)
{
	(void)state;
	CHECK(as_fnmatch);
}

/* The table itself is valid: libc's function agrees with it. */
static void table_is_fnmatch(void **state)
{
	(void)state;
#ifndef __GLIBC__
	skip(); /* only glibc's fnmatch(3) compares */
#endif
	for (size_t i = 0; i < sizeof(as_fnmatch) / sizeof(as_fnmatch[0]); i++) {
		bool matches = !fnmatch(as_fnmatch[i].pattern, as_fnmatch[i].text, 0);

		if (matches != as_fnmatch[i].matches)
			fail_msg("%s on %s", as_fnmatch[i].pattern, as_fnmatch[i].text);
	}
}

/*
 * Differences from glibc, all in patterns that nobody means:
 * - a bracket that is never closed is a plain '['; glibc has nothing match if the pattern ends in
 *   '-' there (POSIX: '[' stands for itself);
 * - a class as the end of a range (POSIX: unspecified) is a class here and '-' stands for itself;
 *   glibc takes '[' for the end of the range, or the class, as the byte has matched before or not;
 * - "[.a.]" and "[=a=]" are no collating symbols here, but plain bytes;
 * - a class of unknown name is plain bytes here; glibc has nothing match.
 */
static void differences_from_glibc(void **state)
{
	static const struct example ours[] = {
		{ "[*-", "[a-", true },		  { "[a-[:digit:]]", "7", true },
		{ "[--[:digit:]]", "9]", false }, { "[[.a.]]", "a", false },
		{ "[[.a.]]", "a]", true },	  { "[[=a=]]", "a", false },
		{ "[[=a=]]", "=]", true },	  { "[[:word:]]", "o]", true },
		{ "[[:word:]]", "o", false },
	};

	(void)state;
	CHECK(ours);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!fnmatch(ours[i].pattern, ours[i].text, 0) != ours[i].matches)
			return;
	fail_msg("glibc agrees with all of it: this list is out of date");
}

static void each_class(void **state)
{
	static const struct {
		char pattern[13];
		int (*has)(int);
	} all[] = {
		{ "[[:alnum:]]", isalnum }, { "[[:alpha:]]", isalpha },
		{ "[[:blank:]]", isblank }, { "[[:cntrl:]]", iscntrl },
		{ "[[:digit:]]", isdigit }, { "[[:graph:]]", isgraph },
		{ "[[:lower:]]", islower }, { "[[:print:]]", isprint },
		{ "[[:punct:]]", ispunct }, { "[[:space:]]", isspace },
		{ "[[:upper:]]", isupper }, { "[[:xdigit:]]", isxdigit },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (int byte = 1; byte < 256; byte++) {
			const char text[2] = { (char)byte, '\0' };

			if (glob_matches(all[i].pattern, text) != !!all[i].has(byte))
				fail_msg("%s on byte %d", all[i].pattern, byte);
		}
}

static uint64_t random_state = 1;

static unsigned below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

/* True for the differences above, which cannot be compared. */
static bool is_unsettled(const char *pattern)
{
	size_t length = strlen(pattern);

	if (strstr(pattern, "-[:"))
		return true;
	return length && pattern[length - 1] == '-' && strchr(pattern, '[');
}

static void random_pairs(void **state)
{
	static const char pieces[][10] = { "a", "b", "c", "/",	"*", "?",	  "[",	      "]",
					   "!", "^", "-", "\\", "*", "[:alpha:]", "[:punct:]" };
	static const char bytes[] = "abc/[]!^-\\*?9";
	unsigned compared = 0, matched = 0;

	(void)state;
#ifndef __GLIBC__
	skip(); /* only glibc's fnmatch(3) compares */
#endif
	while (compared < 3000000) {
		char pattern[80] = "", text[8];
		unsigned length = below(8);

		while (length--)
			strcat(pattern, pieces[below(sizeof(pieces) / sizeof(pieces[0]))]);
		length = below(6);
		for (unsigned i = 0; i < length; i++)
			text[i] = bytes[below(sizeof(bytes) - 1)];
		text[length] = '\0';
		if (is_unsettled(pattern))
			continue;
		if (glob_matches(pattern, text) != !fnmatch(pattern, text, 0))
			fail_msg("%s on %s", pattern, text);
		matched += glob_matches(pattern, text);
		compared++;
	}
	/* Some must match: only mismatches would prove little. */
	assert_true(matched > compared / 50);
}

/* Patterns for which a backtracking matcher takes years: see the step limit in glob.h. */
static void no_explosion(void **state)
{
	static char pattern[4001], text[4001];

	(void)state;
	for (size_t i = 0; i < sizeof(pattern) - 1; i++)
		pattern[i] = i % 2 ? '*' : 'a';
	memset(text, 'a', sizeof(text) - 1);
	pattern[sizeof(pattern) - 2] = 'b';
	assert_false(glob_matches(pattern, text));
	text[sizeof(text) - 2] = 'b';
	assert_true(glob_matches(pattern, text));
}

/*
 * Brackets that are never closed: the step limit in glob.h; in one step the matcher compares at
 * most once with the name of each class. Each pattern has the start of a class, so that steps are
 * counted. Its pieces match text, which never ends before the pattern does.
 */
static void no_explosion_of_brackets(void **state)
{
	static const struct {
		const char *piece, *text;
	} table[] = {
		{ "[:", "[:" },
		{ "[[:", "[[:" },
		{ "[-x[:", "[-x[:" },
		{ "[\\][:", "[][:" },
		{ "[[:alpha:][:", "[a[:" },
		{ "[a-[:alpha:][:", "[a-a[:" },
		{ "[a-b-[:alpha:][:", "[a-b-a[:" },
	};
	enum { TIMES = 100, NAMES = sizeof(classes) / sizeof(classes[0]) };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char pattern[20 * TIMES] = "*", text[20 * TIMES] = "";
		unsigned long limit;

		for (unsigned times = 0; times < TIMES; times++) {
			strcat(pattern, table[i].piece);
			strcat(strcat(text, table[i].text), table[i].text);
		}
		strcat(pattern, "x");
		limit = strlen(pattern) * (strlen(text) + 1) * NAMES;
		comparisons = 0;
		assert_false(glob_matches(pattern, text));
		if (comparisons < TIMES || comparisons > limit)
			fail_msg("%s: %lu comparisons, more than %lu", table[i].piece, comparisons,
				 limit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(table_is_fnmatch),
		cmocka_unit_test(differences_from_glibc),
		cmocka_unit_test(each_class),
		cmocka_unit_test(random_pairs),
		cmocka_unit_test(no_explosion),
		cmocka_unit_test(no_explosion_of_brackets),
	};

	return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
