/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON.
 */
#include "json.h"

#include "ctl.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEP = 8 };

static char ends[DEEP]; /* what closes each that is open */
static unsigned depth;
static bool follows; /* something stands before in the innermost */

static void put(const char *string)
{
	size_t room = 6 * strlen(string) + 3;
	struct text text = { cli_memory(room), room, 0 };

	text_add_json(&text, string);
	fputs(text_string(&text), stdout);
	free(text.bytes);
}

static void begin(const char *key)
{
	if (follows)
		fputs(", ", stdout);
	follows = true;
	if (!key)
		return;
	put(key);
	fputs(": ", stdout);
}

static void open_with(const char *key, const char *pair)
{
	begin(key);
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
	putchar(ends[--depth]);
	follows = depth > 0;
	if (!depth)
		putchar('\n');
}

void json_string(const char *key, const char *value)
{
	begin(key);
	if (value)
		put(value);
	else
		fputs("null", stdout);
}

void json_number(const char *key, uint64_t value)
{
	begin(key);
	printf("%" PRIu64, value);
}

void json_bool(const char *key, bool value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
}
