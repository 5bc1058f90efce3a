/* SPDX-License-Identifier: MIT */
/*
 * Parses the joined text, and reports syntax errors. libconfig gives only the line of an error.
 * This finds the token: the first one in that line after which the text, cut off there, still fails
 * in that line, and not at its end.
 */
#include "loader-parts.h"

#include <string.h>

enum {
	TEXT = 64 << 10, /* a longer text takes too long to parse repeatedly */
	TOKENS = 64,
	SHOWN = 40, /* bytes of a token */
};

static bool is_blank(char byte)
{
	return strchr(" \t\r\n\f", byte) != NULL;
}

static unsigned lines_in(const char *p, size_t length)
{
	unsigned lines = 0;

	for (size_t i = 0; i < length; i++)
		lines += p[i] == '\n';
	return lines;
}

static bool fails_in(const char *text, unsigned line)
{
	config_t config;
	bool fails;

	config_init(&config);
	fails = !config_read_string(&config, text) && (unsigned)config_error_line(&config) <= line;
	config_destroy(&config);
	return fails;
}

/* fails_in() for the first `length` bytes of the text. Their end is in the line after that. */
static bool fails_within(const struct source *source, char *room, size_t length, unsigned line)
{
	memcpy(room, source->text, length);
	strcpy(room + length, "\n");
	return fails_in(room, line);
}

/* Whether p is inside a UTF-8 character. */
static bool goes_on(const char *p)
{
	return ((unsigned char)*p & 0xc0) == 0x80;
}

static void say_token(struct text *error, const char *token, size_t length)
{
	char shown[SHOWN + 1];
	bool whole = length <= SHOWN;

	/* loader-source.c has added the L. */
	if (length > 1 && token[length - 1] == 'L' && strspn(token, "0123456789") == length - 1)
		length--;
	if (!whole)
		for (length = SHOWN; length > 1 && goes_on(token + length);)
			length--;
	memcpy(shown, token, length);
	shown[length] = '\0';
	text_add(error, " before '");
	text_add_name(error, shown);
	text_add(error, whole ? "'" : "...'");
}

static void say_place(struct load *load, struct text *error, unsigned failed)
{
	const struct source *source = &load->source;
	char *room = source->length <= TEXT ? memory_take(source->length + 2) : NULL;
	const char *p = source->text;
	unsigned line = 1, tokens = 0;

	if (failed >= source->line) {
		text_add(error, " at the end of the file");
		return;
	}
	for (size_t n; room && *p && line <= failed && tokens < TOKENS; p += n) {
		n = source_piece(load, p);
		while (goes_on(p + n))
			n++;
		line += lines_in(p, n);
		if (line < failed || is_blank(*p) || source_comment(load, p))
			continue;
		tokens++;
		if (fails_within(source, room, (size_t)(p - source->text) + n, failed)) {
			say_token(error, p, n);
			return;
		}
	}
}

void source_parse(struct load *load)
{
	static const char help[][2][88] = {
		{ "syntax error", "settings are NAME = VALUE; with \"\" around strings, [] arrays, "
				  "() lists, {} groups" },
		{ "duplicate setting name", "each name may appear once in a group" },
		{ "mismatched element type in array", "the elements of an array are of one type" },
	};
	const struct source *source = &load->source;
	struct text *error;
	const char *what;
	unsigned line;
	int good;

	load->parsing = true;
	config_init(&load->config);
	good = config_read_string(&load->config, source->text);
	load->parsing = false;
	if (good)
		return;
	/* If the file ends too soon, show its last line, not the one after it. */
	line = (unsigned)config_error_line(&load->config);
	error = load_problem(load, line < source->line ? line : source->line - 1);
	what = config_error_text(&load->config);
	text_add_name(error, what);
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		if (strcmp(what, help[i][0]) == 0) {
			if (i == 0)
				say_place(load, error, line);
			text_add(error, "; ");
			text_add(error, help[i][1]);
		}
	load_stop(load);
}
