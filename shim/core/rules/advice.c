/* SPDX-License-Identifier: MIT */
/*
 * Tells which parts of a name a program has made up. Pure. It only guesses: after a wrong guess the
 * glob is too narrow or too wide, but it still matches the name.
 */
#include "advice.h"

#include <stdbool.h>
#include <string.h>

enum {
	HASH = 16,	 /* this many hexadecimal digits are not a word */
	SHORT_HASH = 6,	 /* nor are this many, with a decimal digit among them */
	IDENTIFIER = 20, /* letters and digits: ULIDs, base 64 */
	COUNTER = 4,	 /* digits; fewer may be a version */
	UUID = 36,
	EXTENSION = 12,	     /* "safetensors" */
	LARGEST_SUFFIX = 12, /* of mkstemp(3) and the like, which add 6 to 10 */
	SEGMENT = 4,	     /* Lucene's "_1k.cfs" */
};

/* A component of a path, or a part of one. */
struct part {
	const char *bytes;
	size_t length;
};

enum kind { KIND_DIGIT, KIND_LOWER, KIND_UPPER, KIND_OTHER };

static enum kind kind_of(char byte)
{
	if (byte >= '0' && byte <= '9')
		return KIND_DIGIT;
	if (byte >= 'a' && byte <= 'z')
		return KIND_LOWER;
	return byte >= 'A' && byte <= 'Z' ? KIND_UPPER : KIND_OTHER;
}

static bool is_hex(char byte)
{
	return kind_of(byte) == KIND_DIGIT || (byte >= 'a' && byte <= 'f') ||
	       (byte >= 'A' && byte <= 'F');
}

/* How many letters and digits part begins with. */
static size_t run_length(struct part part)
{
	size_t length = 0;

	while (length < part.length && kind_of(part.bytes[length]) != KIND_OTHER)
		length++;
	return length;
}

struct look {
	size_t digits, hex, changes;
};

/* changes: between digits, lower case and upper case, except after the first letter of "Word". */
static struct look look_at(struct part run)
{
	struct look look = { 0, 0, 0 };

	for (size_t i = 0; i < run.length; i++) {
		enum kind now = kind_of(run.bytes[i]);
		enum kind before = i ? kind_of(run.bytes[i - 1]) : now;

		look.digits += now == KIND_DIGIT;
		look.hex += is_hex(run.bytes[i]);
		look.changes += now != before &&
				!(i == 1 && before == KIND_UPPER && now == KIND_LOWER);
	}
	return look;
}

static bool is_uuid(struct part part)
{
	for (size_t i = 0; i < UUID; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (i == part.length || (dash ? part.bytes[i] != '-' : !is_hex(part.bytes[i])))
			return false;
	}
	return true;
}

static bool starts(struct part part, const char *with)
{
	return part.length >= strlen(with) && memcmp(part.bytes, with, strlen(with)) == 0;
}

/* The length of a temporary name up to the end of "tmp"; 0 for other names. */
static size_t temporary(struct part name)
{
	size_t dot = name.length && name.bytes[0] == '.';

	if (!starts((struct part){ name.bytes + dot, name.length - dot }, "tmp"))
		return 0;
	return dot + strlen("tmp");
}

/* Tells whether the run of letters and digits at `at` in a name is made up. */
static bool is_made_up(struct part name, size_t at, size_t length)
{
	struct look look = look_at((struct part){ name.bytes + at, length });
	bool last = at + length == name.length;
	bool dot = !last && name.bytes[at + length] == '.';
	bool first = !at || (at == 1 && kind_of(name.bytes[0]) == KIND_OTHER);

	if (look.digits == length)
		return length >= COUNTER || name.bytes[at] == '0' || (first && (last || dot));
	if (look.hex == length && (length >= HASH || (length >= SHORT_HASH && look.digits)))
		return true;
	if (length >= IDENTIFIER && look.digits)
		return true;
	if (at == 1 && name.bytes[0] == '_' && length <= SEGMENT && look.digits && !last &&
	    (dot || name.bytes[at + length] == '_'))
		return true;
	if (!last || !at || length < SHORT_HASH || length > LARGEST_SUFFIX)
		return false;
	/* Words seldom have six, eight or ten characters with a digit among them. */
	return look.changes >= 2 ||
	       (look.changes && (temporary(name) || (look.digits && length % 2 == 0)));
}

/* Adds no second star; a quoted star ("\*") does not count as one. */
static void add_star(struct text *text)
{
	size_t quotes = 0;

	if (text->length && text->bytes[text->length - 1] == '*')
		while (quotes + 1 < text->length && text->bytes[text->length - 2 - quotes] == '\\')
			quotes++;
	else
		quotes = 1;
	if (quotes % 2)
		text_add(text, "*");
}

static void add_bytes(struct text *text, const char *bytes, size_t count)
{
	for (; count--; bytes++) {
		unsigned char byte = (unsigned char)*bytes;

		if (byte < 0x20 || byte == 0x7f)
			text_add(text, "?");
		else
			text_add_glob(text, (char[]){ *bytes, '\0' });
	}
}

/*
 * The length of the number at the end of a word, if that is made up: "go-build4082537931", "b006".
 * A shorter one may belong to the word.
 */
static size_t number_length(struct part run)
{
	enum { PADDED = 3 };
	size_t length = 0;

	while (length < run.length && kind_of(run.bytes[run.length - length - 1]) == KIND_DIGIT)
		length++;
	if (length >= COUNTER)
		return length;
	return length == PADDED && run.bytes[run.length - length] == '0' ? length : 0;
}

/* Python's "tmpab_12cd", gix's ".tmpAbCdEf": all after "tmp" is made up. "tmpfiles.d" is not. */
static size_t temporary_prefix(struct part name)
{
	size_t prefix = temporary(name);
	struct part rest = { name.bytes + prefix, name.length - prefix };
	size_t run = run_length(rest);

	if (!prefix || rest.length < SHORT_HASH || !run || memchr(rest.bytes, '.', rest.length))
		return 0;
	return run < rest.length || look_at(rest).changes ? prefix : 0;
}

/*
 * Adds name, with "*" in place of each made-up part, to text unless that is NULL. Returns whether
 * there is such a part. *leads: name begins with one that is not a mere number.
 */
static bool add_pattern(struct text *text, struct part name, bool *leads)
{
	size_t prefix = temporary_prefix(name);
	bool any = prefix;

	*leads = false;
	if (prefix && text) {
		add_bytes(text, name.bytes, prefix);
		add_star(text);
	}
	for (size_t at = prefix ? name.length : 0, length; at < name.length; at += length) {
		struct part rest = { name.bytes + at, name.length - at };
		bool made_up;

		length = run_length(rest);
		made_up = length && is_made_up(name, at, length);
		if (is_uuid(rest)) {
			length = UUID;
			made_up = true;
		}
		if (!length)
			length = 1;
		any |= made_up;
		if (!at && made_up)
			*leads = look_at((struct part){ name.bytes, length }).digits < length;
		rest.length = length;
		if (!made_up)
			length -= number_length(rest);
		if (text && !made_up)
			add_bytes(text, rest.bytes, length);
		if (text && (made_up || length < rest.length))
			add_star(text);
		length = rest.length;
	}
	return any;
}

/* The length of an extension such as ".npy", with its dot; 0 if none tells what the file is. */
static size_t extension(struct part name)
{
	struct part word = { name.bytes + name.length, 0 };
	bool leads;

	while (word.length < name.length && kind_of(word.bytes[-1]) != KIND_OTHER) {
		word.bytes--;
		word.length++;
	}
	if (!word.length || word.length > EXTENSION || word.length + 2 > name.length ||
	    word.bytes[-1] != '.' || look_at(word).digits == word.length)
		return 0;
	return add_pattern(NULL, word, &leads) ? 0 : word.length + 1;
}

static struct part next_part(const char *path)
{
	return (struct part){ path, strcspn(path, "/") };
}

/* "ab/cdef0123...", as git and Go have it: two digits of a hash, then a name with the others. */
static bool is_shard(struct part name, const char *rest)
{
	size_t hex = 0;

	if (name.length != 2 || look_at(name).hex != 2 || *rest != '/')
		return false;
	while (is_hex(rest[1 + hex]))
		hex++;
	return hex >= HASH;
}

/* A directory with too many other files to serve all: "/x", "/tmp/x", a home directory. */
static bool is_shallow(const char *path, size_t directories)
{
	return directories < 2 || (directories == 2 && strncmp(path, "/home/", 6) == 0);
}

void advice_glob(struct text *text, const char *path)
{
	const char *start = path;
	size_t directories = 0;
	bool leads, made_up;
	size_t ending;
	struct part name;

	while (*path == '/') {
		text_add(text, "/");
		name = next_part(++path);
		if (path[name.length] != '/')
			break;
		path += name.length;
		/* The program made this directory, so all files in it are the program's. */
		add_pattern(NULL, name, &leads);
		if ((leads || is_shard(name, path)) && !is_shallow(start, directories)) {
			text_add(text, "*");
			return;
		}
		add_pattern(text, name, &leads);
		directories++;
	}
	name = next_part(path);
	made_up = add_pattern(NULL, name, &leads);
	ending = extension(name);
	if (ending && (!made_up || is_shallow(start, directories))) {
		add_star(text);
		add_bytes(text, name.bytes + name.length - ending, ending);
	} else if (is_shallow(start, directories)) {
		add_pattern(text, name, &leads);
	} else {
		add_star(text);
	}
}
