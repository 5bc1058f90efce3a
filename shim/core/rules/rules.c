/* SPDX-License-Identifier: MIT */
/*
 * The rule matcher: walks over the items of a rule list. Pure, except for file_view's functions.
 */
#include "rules.h"

#include "glob.h"

#include <string.h>

static const char actions[][8] = { "leave", "private", "buffer" };

const char *action_name(enum action action)
{
	return actions[action];
}

bool action_parse(const char *word, enum action *action)
{
	for (unsigned i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(word, actions[i]) == 0) {
			*action = (enum action)i;
			return true;
		}
	return false;
}

/* name: the last component of path. */
static bool path_matches(const char *glob, const char *path, const char *name)
{
	return path && glob_matches(glob, strchr(glob, '/') ? path : name);
}

static bool program_matches(const char *name, const char *program)
{
	if (!program)
		return false;
	return strcmp(name, strchr(name, '/') ? program : last_component(program)) == 0;
}

static bool filesystem_matches(const char *name, const char *filesystem)
{
	return filesystem && strcmp(name, filesystem) == 0;
}

/* Whether one item is true of the file, of that name. Items that are not conditions always are. */
static bool item_holds(enum rule_tag tag, const char *word, struct file_view *file,
		       const char *name)
{
	switch (tag) {
	case RULE_KIND:
		return file->private == (*word == 'p');
	case RULE_PATH:
		return path_matches(word, file->path, name);
	case RULE_PROGRAM:
		return program_matches(word, file->program(file));
	case RULE_FILESYSTEM:
		return filesystem_matches(word, file->filesystem(file));
	case RULE_READ_ONLY:
		return file->read_only(file);
	case RULE_WORKTREE:
		return file->path && file->below_worktree(file) == (*word == '1');
	case RULE_GIT:
		return file->path && file->is_git(file) == (*word == '1');
	default:
		return true;
	}
}

bool rules_is_builtin(const struct rules *rules, size_t at)
{
	const struct rules builtin = rules_builtin();

	if (rules->text == builtin.text)
		return true;
	return rules->size >= builtin.size && rules->size - at <= builtin.size &&
	       memcmp(rules->text + rules->size - builtin.size, builtin.text, builtin.size) == 0;
}

enum rule_tag rules_try(const struct rules *rules, size_t *cursor, struct file_view *file,
			struct verdict *verdict)
{
	const char *name = file->path ? last_component(file->path) : NULL;
	enum rule_tag failed = RULE_ACTION;
	enum rule_tag group = RULE_ACTION; /* the tag of the items just read */
	bool group_holds = true;
	bool may_be_database = false;

	*verdict = (struct verdict){ .action = ACTION_LEAVE,
				     .builtin = rules_is_builtin(rules, *cursor) };
	while (*cursor < rules->size) {
		enum rule_tag tag = (enum rule_tag)rules->text[*cursor];
		const char *word = rules->text + *cursor + 1;

		*cursor += strlen(word) + 2;
		if (tag != group) {
			if (!group_holds && failed == RULE_ACTION)
				failed = group;
			group = tag;
			group_holds = false;
		}
		if (tag == RULE_ACTION) {
			action_parse(word, &verdict->action);
			break;
		}
		may_be_database |= tag == RULE_DATABASE;
		verdict->always |= tag == RULE_ALWAYS;
		verdict->keep |= tag == RULE_KEEP;
		verdict->git |= tag == RULE_GIT;
		if (tag == RULE_LINE)
			verdict->line = word;
		if (failed == RULE_ACTION && !group_holds)
			group_holds = item_holds(tag, word, file, name);
	}
	if (failed == RULE_ACTION && !may_be_database && file->is_database(file, verdict->action))
		failed = RULE_DATABASE;
	return failed;
}

struct verdict rules_decide(const struct rules *rules, struct file_view *file)
{
	struct verdict verdict;
	bool database = false;
	unsigned number = 0;

	for (size_t cursor = 0; cursor < rules->size;) {
		enum rule_tag failed = rules_try(rules, &cursor, file, &verdict);

		number++;
		if (failed == RULE_ACTION) {
			verdict.rule = number;
			return verdict;
		}
		database |= failed == RULE_DATABASE && verdict.action != ACTION_LEAVE;
	}
	return (struct verdict){ .action = ACTION_LEAVE, .database = database };
}

bool rules_serve_any(const struct rules *rules)
{
	enum action action = ACTION_LEAVE;

	for (size_t at = 0; at < rules->size; at += strlen(rules->text + at) + 1)
		if (rules->text[at] == RULE_ACTION && action_parse(rules->text + at + 1, &action) &&
		    action != ACTION_LEAVE)
			return true;
	return false;
}

bool rules_ask_for(const struct rules *rules, enum rule_tag tag)
{
	for (size_t at = 0; at < rules->size; at += strlen(rules->text + at) + 1)
		if (rules->text[at] == (char)tag)
			return true;
	return false;
}

static const char paths_action[] = "=private";

size_t rules_paths_size(const char *globs)
{
	/* Each glob gains a tag, and a NUL in place of its ':'. */
	return 2 * strlen(globs) + 2 + sizeof(paths_action);
}

/* The length up to a colon that no backslash quotes. */
static size_t glob_length(const char *globs)
{
	size_t length = 0;

	while (globs[length] && globs[length] != ':')
		length += globs[length] == '\\' && globs[length + 1] ? 2 : 1;
	return length;
}

void rules_add_paths(struct text *text, const char *globs)
{
	if (!globs[strspn(globs, ":")])
		return;
	while (*globs) {
		size_t length = glob_length(globs);

		if (length) {
			text_add(text, "p");
			text_add_bytes(text, globs, length);
			text_add_bytes(text, "", 1);
		}
		globs += length + (globs[length] == ':');
	}
	text_add_bytes(text, paths_action, sizeof(paths_action));
}
