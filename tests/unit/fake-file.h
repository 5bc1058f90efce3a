/* SPDX-License-Identifier: MIT */
/*
 * A fake file for the tests of rules: tests set its answers, and it notes the questions.
 */
#pragma once

#include "rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* asked: tags, in order. */
struct fake {
	struct file_view view;
	const char *program, *filesystem;
	bool worktree, git, read_only, database;
	char asked[32];
};

static void note(struct file_view *view, char tag)
{
	struct fake *fake = (struct fake *)view;
	size_t length = strlen(fake->asked);

	assert_true(length + 1 < sizeof(fake->asked));
	fake->asked[length] = tag;
}

static const char *program(struct file_view *view)
{
	note(view, RULE_PROGRAM);
	return ((struct fake *)view)->program;
}

static const char *filesystem(struct file_view *view)
{
	note(view, RULE_FILESYSTEM);
	return ((struct fake *)view)->filesystem;
}

static bool below_worktree(struct file_view *view)
{
	note(view, RULE_WORKTREE);
	return ((struct fake *)view)->worktree;
}

static bool is_git(struct file_view *view)
{
	note(view, RULE_GIT);
	return ((struct fake *)view)->git;
}

static bool read_only(struct file_view *view)
{
	note(view, RULE_READ_ONLY);
	return ((struct fake *)view)->read_only;
}

static bool is_database(struct file_view *view, enum action action)
{
	(void)action;
	note(view, RULE_DATABASE);
	return ((struct fake *)view)->database;
}

static struct fake file_at(const char *path)
{
	return (struct fake){
		.view = {
			.path = path,
			.program = program,
			.filesystem = filesystem,
			.below_worktree = below_worktree,
			.is_git = is_git,
			.read_only = read_only,
			.is_database = is_database,
		},
	};
}

/* A rule list from a literal; the compiler's NUL belongs to no item. */
#define RULES(literal) ((struct rules){ "" literal, sizeof(literal) - 1 })
