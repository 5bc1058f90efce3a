/* SPDX-License-Identifier: MIT */
/*
 * What is said of a mapping. Pure.
 */
#include "message.h"

#include <errno.h>
#include <string.h>

const char *message_reason(enum not_served why)
{
	static const char reasons[][40] = {
		"no rule matches",
		"a rule says leave",
		"it is a database",
		"its private mapping failed as well",
		"it could not be copied",
	};

	return reasons[why];
}

bool message_remedy(struct text *text, const char *path, enum not_served why)
{
	if (why != NOT_SERVED_NO_RULE && why != NOT_SERVED_BY_RULE)
		return false;
	if (!path || strchr(path, ':') || strlen(path) >= REMEDY_NAME)
		return false;
	text_add(text, "--path '");
	for (; *path; path++) {
		if (*path == '\'')
			text_add(text, "'\\''");
		else
			text_add_glob(text, (char[]){ *path, '\0' });
	}
	text_add(text, "'");
	return true;
}

static void add_file(struct text *text, const char *path)
{
	if (path)
		text_add_name(text, path);
	else
		text_add(text, "(a file without a path)");
}

static void add_line(struct text *text, const char *line)
{
	if (!line)
		return;
	text_add(text, ", line ");
	text_add(text, line);
}

/* Those that a copy or a mapping can end with. */
static const char *error_name(int error)
{
	switch (error) {
	case EACCES:
		return "EACCES";
	case EBADF:
		return "EBADF";
	case EDQUOT:
		return "EDQUOT";
	case EFBIG:
		return "EFBIG, more than the limits allow";
	case EINVAL:
		return "EINVAL";
	case EIO:
		return "EIO, it cannot be read";
	case EMFILE:
		return "EMFILE";
	case ENODEV:
		return "ENODEV";
	case ENOENT:
		return "ENOENT";
	case ENOMEM:
		return "ENOMEM";
	case ENOSPC:
		return "ENOSPC";
	case ENOTSUP:
		return "ENOTSUP";
	default:
		return NULL;
	}
}

static void add_error(struct text *text, int error)
{
	const char *name = error_name(error);

	if (!error)
		return;
	text_add(text, " (");
	if (name) {
		text_add(text, name);
	} else {
		text_add(text, "errno ");
		text_add_number(text, (uint64_t)error);
	}
	text_add(text, ")");
}

void message_served(struct text *text, enum action how, const char *path,
		    const struct mapping *call, int error, const char *line)
{
	text_add(text, how == ACTION_BUFFER ? "buffered " : "converted ");
	add_file(text, path);
	text_add(text, ", ");
	text_add_number(text, call->length);
	text_add(text, " bytes at ");
	text_add_number(text, call->offset);
	if (error) {
		text_add(text, ", for it could not be copied");
		add_error(text, error);
	}
	add_line(text, line);
}

static const char *failure(enum rule_tag failed)
{
	switch (failed) {
	case RULE_PATH:
		return "its path does not match";
	case RULE_PROGRAM:
		return "the program does not match";
	case RULE_FILESYSTEM:
		return "the filesystem does not match";
	case RULE_READ_ONLY:
		return "it was not opened read-only";
	case RULE_WORKTREE:
		return "worktree does not hold";
	case RULE_DATABASE:
		return "it is a database";
	default:
		return "matches: ";
	}
}

void message_rule(struct text *text, unsigned number, const struct verdict *verdict,
		  enum rule_tag failed)
{
	text_add(text, "rule ");
	text_add_number(text, number);
	add_line(text, verdict->line);
	text_add(text, ": ");
	text_add(text, failure(failed));
	if (failed == RULE_ACTION)
		text_add(text, action_name(verdict->action));
}

void message_not_served(struct text *text, const char *path, enum not_served why, int error,
			const char *line)
{
	size_t before;

	text_add(text, "left ");
	add_file(text, path);
	text_add(text, ": ");
	text_add(text, message_reason(why));
	add_error(text, error);
	add_line(text, line);
	before = text->length;
	text_add(text, "; served by ");
	if (!message_remedy(text, path, why))
		text->length = before;
}
