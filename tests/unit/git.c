/* SPDX-License-Identifier: MIT */
/*
 * Files of git: by their names, their first bytes, and the contents of the directories above.
 */
#include "git.h"

#include "above.h"
#include "temporary.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char *said(struct git_place place, const char *path)
{
	static char room[2 * PATH_MAX];
	struct text text = TEXT_IN(room);

	git_say(&text, place, path);
	return text_string(&text);
}

static void names(void **state)
{
#define NAMED "named as git names what it maps"
	static const struct {
		const char *path, *said;
	} table[] = {
		{ "/a/pack-12.pack", NAMED },
		{ "/a/pack-12.idx", NAMED },
		{ "/a/pack-12.rev", NAMED },
		{ "/a/pack-12.bitmap", NAMED },
		{ "/a/pack-12.mtimes", NAMED },
		{ "/a/tmp_pack_Ab12", NAMED },
		{ "/a/tmp_idx_Ab12", NAMED },
		{ "/a/pack_git2_0a", NAMED },
		{ "/a/multi-pack-index", NAMED },
		{ "/a/multi-pack-index-12.bitmap", NAMED },
		{ "/a/commit-graph", NAMED },
		{ "/a/graph-12.graph", NAMED },
		{ "/packed-refs", NAMED },
		{ "/a/sharedindex.12", NAMED },
		{ "/a/reftable/0x01-0x02-12.ref", NAMED },
		{ "/a/reftable/b/c.ref", NAMED },
		{ "/a/o/tmp_objdir-incoming-Xy/ab/cd",
		  "below the quarantine directory /a/o/tmp_objdir-incoming-Xy" },
		{ "/tmp_objdir-1/tmp_objdir-2/f",
		  "below the quarantine directory /tmp_objdir-1/tmp_objdir-2" },
		{ "/r/.hg/store/00changelog.i", "below Mercurial's store /r/.hg/store" },
		{ "/a/pack-12", "" },
		{ "/a/xpack-12.idx", "" },
		{ "/a/pack-12.idx/file", "" },
		{ "/a/commit-graph/file", "" },
		{ "/a/commit-graph2", "" },
		{ "/a/b.ref", "" },
		{ "/reftable/b", "" },
		{ "/a/reftables/b.ref", "" },
		{ "/a/tmp_objdir-12", "" },
		{ "/a/xtmp_objdir-12/file", "" },
		{ "/r/.hg/store", "" },
		{ "/r/.hg/dirstate", "" },
		{ "/a/index", "" },
		{ "/HEAD", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(said(git_by_name(table[i].path), table[i].path), table[i].said);
}

static void index_name(void **state)
{
	static const char *const may[] = { "/index", "/a/index.lock", "/a/next-index-12.lock",
					   "/a/my.index" };
	static const char *const may_not[] = { "/a", "/index/a", "/a/pack-12.idx", "/" };

	(void)state;
	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		assert_true(git_may_be_index(may[i], NULL));
	for (size_t i = 0; i < sizeof(may_not) / sizeof(may_not[0]); i++)
		assert_false(git_may_be_index(may_not[i], NULL));
	assert_true(git_may_be_index("/a/tmp.x", "tmp.x") &&
		    git_may_be_index("/a/tmp.x", "b/tmp.x"));
	assert_true(git_may_be_index("/a/index", "tmp.x"));
	assert_false(git_may_be_index("/a/tmp.y", "tmp.x") ||
		     git_may_be_index("/a/tmp.x", "tmp.x/") || git_may_be_index("/", ""));
}

static void index_header(void **state)
{
	static const unsigned char v2[GIT_HEADER] = "DIRC\0\0\0\2", v4[GIT_HEADER] = "DIRC\0\0\0\4";
	static const unsigned char v1[GIT_HEADER] = "DIRC\0\0\0\1", v5[GIT_HEADER] = "DIRC\0\0\0\5";
	static const unsigned char text[GIT_HEADER] = "DIRC 2\n";

	(void)state;
	assert_true(git_index_header(v2, sizeof(v2)));
	assert_true(git_index_header(v4, sizeof(v4)));
	assert_false(git_index_header(v2, sizeof(v2) - 1));
	assert_false(git_index_header(v1, sizeof(v1)));
	assert_false(git_index_header(v5, sizeof(v5)));
	assert_false(git_index_header(text, sizeof(text)));
}

/*
 * Makes a directory, and in it the names without a leading slash; all paths are below our own
 * directory.
 */
static void make(const char *directory, const char *what)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s", directory);
	for (char *slash = path + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(path, 0700);
	}
	mkdir(path, 0700);
	while (*what) {
		snprintf(path, sizeof(path), "%s/%s", directory, what);
		assert_true(strcmp(what, "HEAD") != 0 ? mkdir(path, 0700) == 0 :
							symlink("refs/none", path) == 0);
		what += strlen(what) + 1;
	}
}

static void directories(void **state)
{
	static const struct {
		const char *directory;
		const char *holds; /* names, each with its NUL */
		const char *file;
		const char *said; /* the answer; after a blank, the directory's name follows */
	} table[] = {
		{ "a", "HEAD\0objects\0refs\0", "/index", "below the git directory " },
		{ "b", "HEAD\0objects\0reftable\0", "/index", "below the git directory " },
		{ "c", "HEAD\0objects\0refs\0", "/x/y/z/f", "below the git directory " },
		{ "d", "HEAD\0commondir\0", "/index",
		  "below the git directory of a linked work tree, " },
		{ "e", "pack\0info\0", "/00/11", "below the object directory " },
		{ "f", "HEAD\0objects\0", "/index", "" },
		{ "g", "HEAD\0refs\0", "/index", "" },
		{ "h", "objects\0refs\0commondir\0", "/index", "" },
		{ "i", "pack\0", "/00/11", "" },
		{ "j", "info\0", "/00/11", "" },
		{ "k", "HEAD\0pack\0info\0", "/f", "below the object directory " },
	};
	char top[PATH_MAX];

	(void)state;
	assert_int_equal(temporary_make(top), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char directory[PATH_MAX + 8], path[2 * PATH_MAX], before[2 * PATH_MAX];
		char expected[2 * PATH_MAX];
		struct git_place place;

		snprintf(directory, sizeof(directory), "%s/%s", top, table[i].directory);
		make(directory, table[i].holds);
		snprintf(path, sizeof(path) - ABOVE_ROOM, "%s%s", directory, table[i].file);
		strcpy(before, path);
		place = above_is_git(1, path);
		assert_string_equal(path, before);
		snprintf(expected, sizeof(expected), "%s%s", table[i].said,
			 *table[i].said ? directory : "");
		assert_string_equal(said(place, path), expected);
	}
	assert_int_equal(temporary_remove(top), 0);
}

/* The nearest directory counts; the file itself is not among the directories above. */
static void nearest(void **state)
{
	char top[PATH_MAX], path[2 * PATH_MAX];

	(void)state;
	assert_int_equal(temporary_make(top), 0);
	snprintf(path, sizeof(path), "%s/r", top);
	make(path, "HEAD\0objects\0refs\0");
	snprintf(path, sizeof(path), "%s/r/objects", top);
	make(path, "pack\0info\0");
	snprintf(path, sizeof(path), "%s/r/objects/pack/f", top);
	assert_int_equal(above_is_git(1, path).kind, GIT_OBJECTS);
	snprintf(path, sizeof(path), "%s/r/modules/f", top);
	assert_int_equal(above_is_git(1, path).kind, GIT_DIRECTORY);
	assert_int_equal(above_is_git(1, path).length, strlen(top) + 2);
	snprintf(path, sizeof(path), "%s/r", top);
	assert_int_equal(above_is_git(1, path).kind, GIT_NONE);
	assert_int_equal(temporary_remove(top), 0);
}

static void root(void **state)
{
	char name[16] = "/f", other[16] = "/";

	(void)state;
	assert_int_equal(above_is_git(1, name).kind, GIT_NONE);
	assert_false(above_is_worktree(1, other));
	assert_string_equal(name, "/f");
	assert_string_equal(said((struct git_place){ GIT_DIRECTORY, 0 }, name),
			    "below the git directory /");
	assert_string_equal(said((struct git_place){ GIT_DIRECTORY, 4 }, "/a\nb/c"),
			    "below the git directory /a\\nb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),	cmocka_unit_test(index_name),
		cmocka_unit_test(index_header), cmocka_unit_test(directories),
		cmocka_unit_test(nearest),	cmocka_unit_test(root),
	};

	return cmocka_run_group_tests_name("git", tests, NULL, NULL);
}
