/* SPDX-License-Identifier: MIT */
/*
 * Rules tell which refused files are served, and how. A list of them is one string of bytes, so
 * that it can be a constant without relocations, be built by the loader, or be mapped from a file.
 *
 * A rule is a run of items and ends with its action. An item is a tag byte, a word, and a NUL:
 *     k s | k p      the mapping that was refused is shared, or private
 *     p GLOB         path (no '/' in GLOB: its last component)    several: any of them
 *     g NAME         program (with '/': its whole path)           several: any of them
 *     f NAME         filesystem, as /proc/self/mountinfo names it several: any of them
 *     r              the fd was opened O_RDONLY
 *     w 1 | w 0      below a directory that holds .git, or not
 *     v 1 | v 0      git's own file (git.h), or not
 *     d              may be a database (without it, a database does not match: database.h)
 *     a              act without trying the call first (when = "always")
 *     c              copies of it are kept (keep = true)
 *     l NUMBER       line of the rule in its file, for messages
 *     = ACTION       private, buffer or leave
 * Items of one tag are adjacent. The conditions that cost least come first (k p g f w v), except
 * that r is the last: it needs a system call that no other condition needs, and that a program's
 * filter may forbid (file.h).
 */
#pragma once

#include "git.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum rule_tag {
	RULE_KIND = 'k',
	RULE_PATH = 'p',
	RULE_PROGRAM = 'g',
	RULE_FILESYSTEM = 'f',
	RULE_READ_ONLY = 'r',
	RULE_WORKTREE = 'w',
	RULE_GIT = 'v',
	RULE_DATABASE = 'd',
	RULE_ALWAYS = 'a',
	RULE_KEEP = 'c',
	RULE_LINE = 'l',
	RULE_ACTION = '=',
};

enum action {
	ACTION_LEAVE,
	ACTION_PRIVATE,
	ACTION_BUFFER,
};

/* A list of rules; text is not owned and must outlive the list. size counts the last NUL. */
struct rules {
	const char *text;
	size_t size;
};

/*
 * The mapped file, as the rules see it. Each function is called at most once per rule, and only if
 * all cheaper conditions are true. It gets the struct itself, which an engine embeds in its own
 * struct. A name that cannot be found is NULL and matches no rule that has a condition on it.
 */
struct file_view {
	const char *path;     /* NULL if it cannot be found; without " (deleted)" */
	bool private;	      /* the refused mapping is private */
	struct git_place git; /* what is_git() found, for messages */
	const char *(*program)(struct file_view *);
	const char *(*filesystem)(struct file_view *);
	bool (*below_worktree)(struct file_view *);
	bool (*is_git)(struct file_view *);
	bool (*read_only)(struct file_view *); /* the fd was opened O_RDONLY */
	/* action: the action of the rule that is tried */
	bool (*is_database)(struct file_view *, enum action action);
};

/* What the rules say about one file. */
struct verdict {
	enum action action;
	bool always;	  /* act without trying the call as asked */
	bool keep;	  /* the copy outlives the process */
	bool git;	  /* the rule has a condition on git's own files */
	bool database;	  /* no rule matched, but one would have if it were not a database */
	bool builtin;	  /* it is one of the built-in rules */
	unsigned rule;	  /* the number of the rule that matched, from 1; 0: none */
	const char *line; /* the rule's line in its file; NULL if it has none */
};

/* The first rule that matches decides. Without a match: ACTION_LEAVE, rule 0. */
struct verdict rules_decide(const struct rules *rules, struct file_view *file);

/* True if some rule serves something. */
bool rules_serve_any(const struct rules *rules);

/*
 * Tries the one rule at *cursor (an offset into rules->text, 0 at first) and moves *cursor past it.
 * Returns the tag of the condition that failed (RULE_DATABASE: the file is a database), or
 * RULE_ACTION if the rule matches. *verdict gets action, always, keep, git, builtin and line.
 */
enum rule_tag rules_try(const struct rules *rules, size_t *cursor, struct file_view *file,
			struct verdict *verdict);

/* True if any rule has an item of this tag. If none has, engines need not evaluate it. */
bool rules_ask_for(const struct rules *rules, enum rule_tag tag);

/* "private", "buffer" or "leave", and back; false if word is none of them. */
const char *action_name(enum action action);
bool action_parse(const char *word, enum action *action);

/*
 * Adds the rule `private` of PRIVMAP_PATHS, "GLOB:GLOB", to text, which has rules_paths_size()
 * bytes of room. Adds nothing if there is no GLOB. "\:" is a colon inside a GLOB, as in glob.h.
 */
size_t rules_paths_size(const char *globs);
void rules_add_paths(struct text *text, const char *globs);

/* The rules that apply if there is no rule file: the same as in config/privmap.conf. */
struct rules rules_builtin(void);

/* Whether the rule at that offset is built in. Built-in rules end a list that has them. */
bool rules_is_builtin(const struct rules *rules, size_t at);
