/* SPDX-License-Identifier: MIT */
/*
 * Messages about a mapping, for the log and the report of every engine.
 */
#pragma once

#include "mapping.h"
#include "rules.h"
#include "text.h"

#include <stdbool.h>

/* Why a refused mapping was left as it was. */
enum not_served {
	NOT_SERVED_NO_RULE,
	NOT_SERVED_BY_RULE,  /* a rule says leave */
	NOT_SERVED_DATABASE, /* it needs to see what others write */
	NOT_SERVED_REFUSED,  /* the private mapping was refused as well, or found no memory */
	NOT_SERVED_NO_COPY,  /* it could not be copied */
	NOT_SERVED_WRITTEN,  /* mapped to be written, too: never served */
	NOT_SERVED_PRIVATE,  /* a private mapping, and no rule for such */
	NOT_SERVED_REASONS,  /* how many there are */
};

const char *message_reason(enum not_served why);

/* "ENODEV"; NULL for what no mapping or copy ends with. */
const char *message_errno(int error);

/* A remedy is given for file names shorter than this. */
enum { REMEDY_NAME = 1000 };

/*
 * Adds what serves the file and its like (advice.h): an option of privmap, quoted for a shell,
 * --path 'GLOB'; for a database a rule for a rule file. False, and nothing added, if nothing does,
 * if the name is too long, or if there is none (path NULL).
 */
bool message_remedy(struct text *text, const char *path, enum not_served why);

/* "no rule matches; served by ..." */
void message_why(struct text *text, const char *path, enum not_served why);

/*
 * "converted PATH, 4096 bytes at 0, line 12"; or "buffered". path and line may be NULL; error: the
 * errno for which it was not copied, where the rules wanted a copy; else 0.
 */
void message_served(struct text *text, enum action how, const char *path,
		    const struct mapping *call, int error, const char *line);

/*
 * "rule 2, line 12: its path does not match" or "--path: matches: private", for one rule that was
 * tried, and where git's file lies if the rule asks for that; failed as rules_try() returned it.
 */
void message_rule(struct text *text, unsigned number, const struct verdict *verdict,
		  enum rule_tag failed, const struct file_view *file);

/* "left PATH: no rule matches; served by --path 'PATH'"; error: the errno behind it, 0 if none. */
void message_not_served(struct text *text, const char *path, enum not_served why, int error,
			const char *line);
