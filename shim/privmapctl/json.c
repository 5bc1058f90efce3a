/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON, or lines for people.
 */
#include "json.h"

#include "ctl.h"
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEP = 8, SCHEMA = 1 };

static char ends[DEEP]; /* the closing brackets of open objects and arrays */
static unsigned depth;
static bool follows; /* the innermost one has an element already */

static void put(const char *string)
{
	size_t room = 6 * strlen(string) + 3;
	struct text text = { cli_memory(room), room, 0 };

	text_add_json(&text, string);
	fputs(text_string(&text), stdout);
	free(text.bytes);
}

/* False if there is nothing to print. */
static bool begin(const char *key)
{
	if (!ctl_json)
		return false;
	if (follows)
		fputs(", ", stdout);
	follows = true;
	if (!key)
		return true;
	put(key);
	fputs(": ", stdout);
	return true;
}

static void open_with(const char *key, const char *pair)
{
	if (!begin(key))
		return;
	putchar(pair[0]);
	ends[depth++] = pair[1];
	follows = false;
}

void json_object(const char *key)
{
	open_with(key, "{}");
}

void json_array(const char *key)
{
	open_with(key, "[]");
}

void json_end(void)
{
	if (!ctl_json)
		return;
	putchar(ends[--depth]);
	follows = depth > 0;
	if (!depth)
		putchar('\n');
}

void json_begin(const char *kind)
{
	json_object(NULL);
	json_number("schema", SCHEMA);
	json_string("kind", kind);
}

/* Returns where ":LINE: " begins in error, else ": "; NULL if it names no file. */
static const char *end_of_file_name(const char *error)
{
	const char *colon = error;

	while ((colon = strchr(colon, ':'))) {
		size_t digits = strspn(++colon, "0123456789");

		if (digits && strncmp(colon + digits, ": ", 2) == 0)
			return colon - 1;
	}
	return strstr(error, ": ");
}

void json_errors(const char *error)
{
	const char *colon = error ? end_of_file_name(error) : NULL;
	char *end = NULL;
	unsigned long line = colon ? strtoul(colon + 1, &end, 10) : 0;

	json_array("errors");
	if (error) {
		json_object(NULL);
		json_string("file", colon ? cli_text("%.*s", (int)(colon - error), error) : NULL);
		if (line)
			json_number("line", line);
		else
			json_string("line", NULL);
		json_string("message", !colon ? error : (line ? end : colon) + strlen(": "));
		json_end();
	}
	json_end();
}

void json_string(const char *key, const char *value)
{
	if (!begin(key))
		return;
	if (value)
		put(value);
	else
		fputs("null", stdout);
}

void json_number(const char *key, uint64_t value)
{
	if (begin(key))
		printf("%" PRIu64, value);
}

void json_bool(const char *key, bool value)
{
	if (begin(key))
		fputs(value ? "true" : "false", stdout);
}

void json_or_print(const char *format, ...)
{
	va_list arguments;

	if (ctl_json)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

void json_or_wrap(const char *format, ...)
{
	enum { COLUMNS = 80 };
	const char *indent = "";
	va_list arguments;
	char *line, *word;
	size_t column = 0;

	if (ctl_json)
		return;
	va_start(arguments, format);
	line = cli_made(vasprintf(&line, format, arguments) < 0 ? NULL : line);
	va_end(arguments);
	/* A word includes the blanks before it; the start of a line drops them. */
	for (word = line; *word;) {
		size_t blanks = strspn(word, " "), length = blanks + strcspn(word + blanks, " ");

		if (column && column + length > COLUMNS) {
			word += blanks;
			length -= blanks;
			column = (size_t)printf("\n%s", indent) - 1;
		}
		column += (size_t)printf("%.*s", (int)length, word);
		word += length;
		indent = "      ";
	}
	putchar('\n');
	free(line);
}

void json_or_line(const char *key, const char *label, const char *value, const char *none)
{
	json_string(key, value);
	if (value || none)
		json_or_print("  %s: %s\n", label, value ? ctl_shown(value) : none);
}
