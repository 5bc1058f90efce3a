/* SPDX-License-Identifier: MIT */
/*
 * Messages about a mapping, for the log and the report of every engine.
 */
#pragma once

#include "mapping.h"
#include "rules.h"
#include "text.h"

#include <stdbool.h>

/* Why a refused mapping was not served. */
enum not_served {
	NOT_SERVED_NO_RULE,
	NOT_SERVED_BY_RULE,  /* the action of a rule is leave */
	NOT_SERVED_DATABASE, /* it needs to see what others write */
	NOT_SERVED_REFUSED,  /* the private mapping was refused as well, or found no memory */
	NOT_SERVED_NO_COPY,  /* it could not be copied */
	NOT_SERVED_WRITTEN,  /* also writable: never served */
	NOT_SERVED_PRIVATE,  /* a private mapping, and no rule for those matches */
	NOT_SERVED_REASONS,  /* the number of reasons */
};

const char *message_reason(enum not_served why);

/* The name of an errno, such as "ENODEV"; NULL for those that no mapping or copy fails with. */
const char *message_errno(int error);

/* Only shorter file names get a remedy. */
enum { REMEDY_NAME = 1000 };

/*
 * Adds what makes privmap serve the file and similar ones (advice.h): the option --path 'GLOB',
 * quoted for a shell; for a database, a rule for a rule file. Adds nothing and returns false if
 * nothing helps, if the name is too long, or if the file has no name (path NULL).
 */
bool message_remedy(struct text *text, const char *path, enum not_served why);

/* Adds "no rule matches; served by ...". */
void message_why(struct text *text, const char *path, enum not_served why);

/*
 * Adds "converted PATH, 4096 bytes at 0, line 12", or "buffered ...". path and line may be NULL.
 * error: the errno because of which no copy was made although a rule asked for one; else 0.
 */
void message_served(struct text *text, enum action how, const char *path,
		    const struct mapping *call, int error, const char *line);

/*
 * Adds "rule 2, line 12: its path does not match" or "--path: matches: private" for one rule that
 * was tried, and where git's file lies if the rule has that condition. failed: what rules_try()
 * returned.
 */
void message_rule(struct text *text, unsigned number, const struct verdict *verdict,
		  enum rule_tag failed, const struct file_view *file);

/* Adds "left PATH: no rule matches; served by --path 'PATH'". error: its errno, or 0. */
void message_not_served(struct text *text, const char *path, enum not_served why, int error,
			const char *line);
