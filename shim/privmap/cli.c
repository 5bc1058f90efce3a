/* SPDX-License-Identifier: MIT */
/*
 * Messages, answers and strings of a command.
 */
#include "cli.h"

#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_MOST = 4 }; /* bytes that text_add_name() makes of one */

/* Names may have control characters; a message stays one line, and does nothing to a terminal. */
static void say(const char *format, va_list arguments)
{
	char *line = NULL, *room = NULL;

	fflush(stdout);
	if (vasprintf(&line, format, arguments) < 0)
		line = NULL;
	if (line)
		room = malloc(SHOWN_MOST * strlen(line) + 1);
	if (room) {
		struct text shown = { room, SHOWN_MOST * strlen(line) + 1, 0 };

		text_add_name(&shown, line);
		fprintf(stderr, "%s: %s\n", command.name, text_string(&shown));
	} else {
		fprintf(stderr, "%s: %s\n", command.name, strerror(ENOMEM));
	}
	free(room);
	free(line);
}

void cli_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void cli_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	exit(command.failed);
}

void cli_answer(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout))
		cli_fail("write error: %s", strerror(errno));
	exit(0);
}

void *cli_memory(size_t size)
{
	return cli_made(malloc(size));
}

char *cli_made(char *string)
{
	if (!string)
		cli_fail("%s", strerror(ENOMEM));
	return string;
}

char *cli_text(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return cli_made(length < 0 ? NULL : text);
}

char *cli_absolute(const char *file)
{
	char *here;

	if (*file == '/')
		return cli_text("%s", file);
	here = getcwd(NULL, 0);
	if (!here)
		cli_fail("'%s': %s", file, strerror(errno));
	return cli_text("%s/%s", here, file);
}
