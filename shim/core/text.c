/* SPDX-License-Identifier: MIT */
/*
 * Builds text without allocation. Pure.
 */
#include "text.h"

#include <stdbool.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";

void text_add_bytes(struct text *text, const char *bytes, size_t count)
{
	size_t room = text->size - text->length;

	if (count > room)
		count = room;
	memcpy(text->bytes + text->length, bytes, count);
	text->length += count;
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_number(struct text *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	text_add_bytes(text, digits + at, sizeof(digits) - at);
}

void text_add_name(struct text *text, const char *name)
{
	for (; *name; name++) {
		unsigned char byte = (unsigned char)*name;

		if (byte == '\n')
			text_add(text, "\\n");
		else if (byte == '\t')
			text_add(text, "\\t");
		else if (byte < 0x20 || byte == 0x7f)
			text_add_bytes(text, (char[]){ '\\', 'x', hex[byte >> 4], hex[byte & 15] },
				       4);
		else
			text_add_bytes(text, name, 1);
	}
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629), 0 if there is none. */
static size_t utf8_sequence(const unsigned char *s)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4 || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static void text_add_u(struct text *text, unsigned code)
{
	text_add_bytes(text,
		       (char[]){ '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15],
				 hex[code >> 4 & 15], hex[code & 15] },
		       6);
}

void text_add_json(struct text *text, const char *string)
{
	text_add(text, "\"");
	while (*string) {
		unsigned char byte = (unsigned char)*string;
		size_t length = utf8_sequence((const unsigned char *)string);

		if (byte == '"' || byte == '\\')
			text_add_bytes(text, (char[]){ '\\', *string }, 2);
		else if (byte < 0x20 || byte == 0x7f)
			text_add_u(text, byte);
		else if (!length)
			text_add_u(text, 0xdc00u + byte);
		else
			text_add_bytes(text, string, length);
		string += length ? length : 1;
	}
	text_add(text, "\"");
}

void text_add_glob(struct text *text, const char *name)
{
	for (; *name; name++) {
		if (strchr("*?[\\", *name))
			text_add(text, "\\");
		text_add_bytes(text, name, 1);
	}
}

void text_add_target(struct text *text, const char *target, uint64_t pid)
{
	for (; *target; target++) {
		bool escape = target[0] == '%' && (target[1] == 'p' || target[1] == '%');

		if (escape && *++target == 'p')
			text_add_number(text, pid);
		else
			text_add_bytes(text, target, 1);
	}
}

const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *text_string(struct text *text)
{
	if (text->length == text->size)
		text->length--;
	text->bytes[text->length] = '\0';
	return text->bytes;
}
