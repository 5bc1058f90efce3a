/* SPDX-License-Identifier: MIT */
/*
 * Shell patterns as in fnmatch(3), for paths of rules. Pure.
 */
#include "glob.h"

#include <string.h>

static const struct {
	char name[11];
	char runs[9]; /* pairs: first and last byte of each run */
} classes[] = {
	{ "[:alnum:]", "09AZaz" },   { "[:alpha:]", "AZaz" },
	{ "[:blank:]", "\t\t  " },   { "[:cntrl:]", "\1\37\177\177" },
	{ "[:digit:]", "09" },	     { "[:graph:]", "!~" },
	{ "[:lower:]", "az" },	     { "[:print:]", " ~" },
	{ "[:punct:]", "!/:@[`{~" }, { "[:space:]", "\t\r  " },
	{ "[:upper:]", "AZ" },	     { "[:xdigit:]", "09AFaf" },
};

static bool in_runs(const char *runs, unsigned char byte)
{
	for (; runs[0]; runs += 2)
		if (byte >= (unsigned char)runs[0] && byte <= (unsigned char)runs[1])
			return true;
	return false;
}

/* Length of the "[:name:]" at p, 0 if there is none. Sets *found if byte belongs to it. */
static size_t class_at(const char *p, unsigned char byte, bool *found)
{
	if (p[0] != '[' || p[1] != ':')
		return 0;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		size_t n = strlen(classes[i].name);

		if (strncmp(p, classes[i].name, n) == 0) {
			*found |= in_runs(classes[i].runs, byte);
			return n;
		}
	}
	return 0;
}

/*
 * The last ']' of a pattern that can end a bracket expression: neither quoted nor the end of a
 * class. The pattern itself if there is none.
 */
static const char *last_end(const char *pattern)
{
	const char *last = pattern;
	bool found = false;

	for (const char *p = pattern; *p;) {
		size_t n = class_at(p, 0, &found);

		if (*p == ']')
			last = p;
		p += n ? n : *p == '\\' && p[1] ? 2 : 1;
	}
	return last;
}

/*
 * Whether the '[' at p begins a bracket expression. A ']' right after it is one of the bytes. In a
 * lone "[:alpha:]" the end of the class also ends the expression.
 */
static bool is_closed(const char *p, const char *last)
{
	const char *first = p + 1 + (p[1] == '!' || p[1] == '^');
	bool found = false;

	return last > first || class_at(p, 0, &found);
}

/* Matches byte against the bracket expression at p ('['). Returns what follows its ']'. */
static const char *bracket(const char *p, unsigned char byte, bool *matches)
{
	bool found = false, ignored = false;
	bool negated;

	p++;
	negated = *p == '!' || *p == '^';
	p += negated;
	for (const char *first = p; *p != ']' || p == first;) {
		size_t n = class_at(p, byte, &found);
		unsigned char low, high;

		if (n) {
			p += n;
			continue;
		}
		if (*p == '\\')
			p++;
		low = high = (unsigned char)*p++;
		if (p[0] == '-' && p[1] != ']' && !class_at(p + 1, byte, &ignored)) {
			p++;
			if (*p == '\\')
				p++;
			high = (unsigned char)*p++;
		}
		found |= byte >= low && byte <= high;
	}
	*matches = found != negated;
	return p + 1;
}

/*
 * Matches one byte of text; returns the pattern after what matched it, NULL if nothing did. A '['
 * that is never closed matches itself (POSIX 2.13.3). *last, the result of last_end() or NULL,
 * tells which ones are closed. Without it, each '[' would need a search through the rest of the
 * pattern.
 */
static const char *one(const char *pattern, unsigned char byte, const char **last)
{
	const char *after;
	bool matches;

	switch (*pattern) {
	case '\0':
		return NULL;
	case '?':
		return pattern + 1;
	case '[':
		if (!*last)
			*last = last_end(pattern);
		if (!is_closed(pattern, *last))
			break;
		after = bracket(pattern, byte, &matches);
		return matches ? after : NULL;
	case '\\':
		pattern++; /* at the pattern's end it matches nothing (POSIX.1-2024) */
		break;
	default:
		break;
	}
	return *pattern && (unsigned char)*pattern == byte ? pattern + 1 : NULL;
}

/* From text on, the first place where first can match, which follows a star; the end if none. */
static const char *next_try(const char *text, char first)
{
	if (first != '*' && first != '?' && first != '[' && first != '\\')
		while (*text && *text != first)
			text++;
	return text;
}

bool glob_matches(const char *pattern, const char *text)
{
	const char *star = NULL;  /* the pattern after the last '*' seen */
	const char *retry = text; /* where the next try of that star begins */
	const char *last = NULL;  /* one() */

	while (*text) {
		const char *next = NULL;

		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
			continue;
		}
		next = one(pattern, (unsigned char)*text, &last);
		if (next) {
			pattern = next;
			text++;
		} else if (star) {
			pattern = star;
			text = retry = next_try(retry + 1, *star);
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
