/* SPDX-License-Identifier: MIT */
/*
 * Rules that come from no file: the built-in ones, and that of PRIVMAP_PATHS.
 */
#include "fake-file.h"

#define HASH "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"

/* The built-in rules on the files they are for, and on some others. */
static void builtin(void **state)
{
	enum { PACKS = 1, GLOBS, GIT, WORKTREE, WRITTEN_ONCE, COPY };
	static const struct {
		const char *path;
		unsigned written, read; /* the rule for an O_RDWR and an O_RDONLY descriptor */
		bool worktree, git;
	} table[] = {
		{ "/r/.git/objects/pack/.tmpAb3dEf", GLOBS, GLOBS, true, true },
		{ "/r/.git/objects/pack/pack-12.idx", PACKS, PACKS, true, true },
		{ "/r/.git/objects/pack/pack-12.pack", PACKS, PACKS, true, true },
		{ "/r/.git/objects/pack/multi-pack-index", PACKS, PACKS, true, true },
		{ "/srv/objects-apart/pack/pack-12.bitmap", PACKS, PACKS, false, true },
		{ "/r/.git/objects/pack/tmp_pack_12", GLOBS, GLOBS, true, true },
		{ "/r/.git/index", GLOBS, GLOBS, true, true },
		{ "/r/.git/packed-refs", GLOBS, GLOBS, true, true },
		{ "/r/.git/modules/sub/index", GLOBS, GLOBS, false, true },
		{ "/srv/bare.git/index", GLOBS, GLOBS, false, true },
		{ "/srv/bare.git/packed-refs", GLOBS, GLOBS, false, true },
		{ "/srv/bare.git/objects/pack/pack_git2_abcdef", GLOBS, GLOBS, false, true },
		{ "/home/u/.cargo/git/db/crate-0123/objects/pack/p.pack", GLOBS, GLOBS, false,
		  false },
		{ "/home/u/.cargo/git/db/crate-0123/objects/info/commit-graph", GLOBS, GLOBS, false,
		  false },
		{ "/home/u/.cargo/git/db/crate-0123/objects/0a/bc", GLOBS, GLOBS, false, false },
		{ "/home/u/.cargo/git/db/crate-0123/packed-refs", GLOBS, GLOBS, false, false },
		{ "/tmp/pack_git2_0a1b2c", GLOBS, GLOBS, false, false },
		{ "/srv/dotfiles/index", GIT, GIT, false, true },
		{ "/srv/dotfiles/index", GIT, GIT, true, true },
		{ "/r/src/main.c", 0, WORKTREE, true, false },
		{ "/r/src/main.c", 0, 0, false, false },
		{ "/r/.gitignore", 0, WORKTREE, true, false },
		{ "/t/deps/libserde-1.rlib", 0, WRITTEN_ONCE, false, false },
		{ "/t/deps/libserde-1.rlib", 0, WORKTREE, true, false },
		{ "/t/deps/libserde-1.rmeta", 0, WRITTEN_ONCE, false, false },
		{ "/t/deps/serde-1.serde.00-cgu.0.rcgu.o", 0, WRITTEN_ONCE, false, false },
		{ "/t/deps/main.o", 0, 0, false, false },
		{ "/t/debug/incremental/p-1/s-h-b-working/dep-graph.bin", 0, WRITTEN_ONCE, false,
		  false },
		{ "/t/debug/incremental/dep-graph.bin", 0, 0, false, false },
		{ "/usr/lib/jvm/java-17/lib/modules", 0, WRITTEN_ONCE, false, false },
		{ "/usr/lib/jvm/java-17/lib/server/classes.jsa", 0, WRITTEN_ONCE, false, false },
		{ "/home/u/.cache/go-build/0a/0abc-d", 0, WRITTEN_ONCE, false, false },
		{ "/srv/ci/go cache/0a/" HASH "-d", 0, WRITTEN_ONCE, false, false },
		{ "/srv/ci/go cache/0a/" HASH "-a", 0, 0, false, false },
		{ "/srv/ci/go cache/0ab/" HASH "-d", 0, 0, false, false },
		{ "/srv/ci/go cache/0a/0" HASH "-d", 0, 0, false, false },
		{ "/home/u/.cache/go-build/0a/0abc-a", 0, 0, false, false },
		{ "/home/u/.cache/go-build/0abc-d", 0, 0, false, false },
		{ "/srv/data/a.npy", 0, 0, false, false },
		{ "/home/u/.config/db.sqlite", 0, 0, false, false },
		{ NULL, 0, 0, true, true },
	};
	struct rules rules = rules_builtin();

	(void)state;
	for (size_t i = 0; i < 4 * sizeof(table) / sizeof(table[0]); i++) {
		bool read_only = i & 1, private = i & 2;
		struct fake file = file_at(table[i / 4].path);
		unsigned rule = read_only ? table[i / 4].read : table[i / 4].written;
		struct verdict verdict;

		if (!rule && read_only && private)
			rule = COPY;
		file.view.private = private;
		file.read_only = read_only;
		file.worktree = table[i / 4].worktree;
		file.git = table[i / 4].git;
		verdict = rules_decide(&rules, &file.view);
		if (verdict.rule != rule)
			fail_msg("%s: rule %u, not %u", table[i / 4].path, verdict.rule, rule);
		assert_int_equal(verdict.action, !rule	      ? ACTION_LEAVE :
						 rule == COPY ? ACTION_BUFFER :
								ACTION_PRIVATE);
		assert_false(verdict.always);
		assert_int_equal(verdict.keep, rule == PACKS);
		/* the same file as a database: no rule matches, and the reason is known */
		file.database = true;
		verdict = rules_decide(&rules, &file.view);
		assert_int_equal(verdict.rule, 0);
		assert_int_equal(verdict.database, rule != 0);
	}
}

/* PRIVMAP_PATHS */
static void paths_rule(void **state)
{
#define RULE(literal)                                                                              \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}
	static const struct {
		const char *globs;
		struct rules rule;
	} table[] = {
		{ "", { "", 0 } },
		{ ":", { "", 0 } },
		{ "::", { "", 0 } },
		{ "a", RULE("pa\0=private\0") },
		{ "*.idx", RULE("p*.idx\0=private\0") },
		{ "a:b", RULE("pa\0pb\0=private\0") },
		{ ":a::b c:", RULE("pa\0pb c\0=private\0") },
		{ "a\\:b:c", RULE("pa\\:b\0pc\0=private\0") },
		{ "a\\\\:b", RULE("pa\\\\\0pb\0=private\0") },
		{ "a\\", RULE("pa\\\0=private\0") },
		{ "a:b:c:d:e", RULE("pa\0pb\0pc\0pd\0pe\0=private\0") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char bytes[64];
		struct text text = { bytes, rules_paths_size(table[i].globs), 0 };

		assert_true(text.size < sizeof(bytes));
		rules_add_paths(&text, table[i].globs);
		assert_int_equal(text.length, table[i].rule.size);
		assert_memory_equal(bytes, table[i].rule.text, text.length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builtin),
		cmocka_unit_test(paths_rule),
	};

	return cmocka_run_group_tests_name("builtin", tests, NULL, NULL);
}
