/* SPDX-License-Identifier: MIT */
/*
 * Messages about a mapping. Pure.
 */
#include "message.h"

#include "advice.h"

#include <errno.h>
#include <string.h>

const char *message_reason(enum not_served why)
{
	static const char reasons[][48] = {
		"no rule matches",	  "a rule says leave",
		"it is a database",	  "its private mapping failed as well",
		"it could not be copied", "mapped to be written, which is never served",
		"mapped privately, and no rule for that matches",
	};

	return reasons[why];
}

/* Puts quote before each of these bytes from `from` on. Uses the room after the text. */
static void quote_from(struct text *text, size_t from, const char *bytes, const char *quote)
{
	size_t end = text->length;

	for (size_t i = from; i < end; i++) {
		if (strchr(bytes, text->bytes[i]))
			text_add(text, quote);
		text_add_bytes(text, &text->bytes[i], 1);
	}
	text->length -= end - from;
	memmove(text->bytes + from, text->bytes + end, text->length - from);
}

bool message_remedy(struct text *text, const char *path, enum not_served why)
{
	bool database = why == NOT_SERVED_DATABASE;
	size_t from;

	if (why != NOT_SERVED_NO_RULE && why != NOT_SERVED_BY_RULE &&
	    why != NOT_SERVED_PRIVATE && !database)
		return false;
	if (!path || strlen(path) >= REMEDY_NAME)
		return false;
	text_add(text, database ? "the rule { path = \"" : "--path '");
	from = text->length;
	advice_glob(text, path);
	if (database) /* a string for libconfig, else for a shell */
		quote_from(text, from, "\\\"", "\\");
	else
		quote_from(text, from, "'", "'\\'");
	text_add(text, database ? "\"; database = true; action = \"private\"; }" : "'");
	return true;
}

static void add_remedy(struct text *text, const char *path, enum not_served why)
{
	size_t before = text->length;

	text_add(text, "; served by ");
	if (!message_remedy(text, path, why))
		text->length = before;
}

void message_why(struct text *text, const char *path, enum not_served why)
{
	text_add(text, message_reason(why));
	add_remedy(text, path, why);
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

const char *message_errno(int error)
{
	static const struct {
		int number;
		char name[11];
	} names[] = {
#define NAMED(error) { error, #error }
		NAMED(EACCES), NAMED(EAGAIN), NAMED(EBADF),	 NAMED(EDQUOT),	 NAMED(EFBIG),
		NAMED(EINVAL), NAMED(EIO),    NAMED(EMFILE),	 NAMED(ENFILE),	 NAMED(ENODEV),
		NAMED(ENOENT), NAMED(ENOMEM), NAMED(ENOSPC),	 NAMED(ENOEXEC), NAMED(ENOSYS),
		NAMED(EPERM),  NAMED(EROFS),  NAMED(EOPNOTSUPP),
#undef NAMED
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == error)
			return names[i].name;
	return NULL;
}

static void add_error(struct text *text, int error)
{
	const char *name = message_errno(error);

	if (!error)
		return;
	text_add(text, " (");
	text_add(text, name ? name : "errno ");
	if (!name)
		text_add_number(text, (uint64_t)error);
	if (error == EFBIG)
		text_add(text, ", more than the limits allow");
	if (error == EIO)
		text_add(text, ", it cannot be read");
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
	if (call->kind == MAPPING_PRIVATE)
		text_add(text, ", a private mapping");
	if (error) {
		text_add(text, ", because it could not be copied");
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
		return "worktree does not match";
	case RULE_GIT:
		return "git does not match";
	case RULE_KIND:
		return "the kind of mapping does not match";
	case RULE_DATABASE:
		return "it is a database";
	default:
		return "matches: ";
	}
}

void message_rule(struct text *text, unsigned number, const struct verdict *verdict,
		  enum rule_tag failed, const struct file_view *file)
{
	/* Only the rule of PRIVMAP_PATHS has neither. */
	if (!verdict->line && !verdict->builtin) {
		text_add(text, "--path");
	} else {
		text_add(text, "rule ");
		text_add_number(text, number);
	}
	add_line(text, verdict->line);
	if (verdict->builtin)
		text_add(text, ", built in");
	text_add(text, ": ");
	text_add(text, failure(failed));
	if (failed == RULE_ACTION)
		text_add(text, action_name(verdict->action));
	if (failed == RULE_ACTION && verdict->keep)
		text_add(text, ", copies are kept");
	if (!verdict->git || file->git.kind == GIT_NONE || !file->path)
		return;
	text_add(text, " (");
	git_say(text, file->git, file->path);
	text_add(text, ")");
}

void message_not_served(struct text *text, const char *path, enum not_served why, int error,
			const char *line)
{
	text_add(text, "left ");
	add_file(text, path);
	text_add(text, ": ");
	text_add(text, message_reason(why));
	add_error(text, error);
	add_line(text, line);
	add_remedy(text, path, why);
}
