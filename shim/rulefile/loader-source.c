/* SPDX-License-Identifier: MIT */
/*
 * Reads the rule file into one text with its includes inserted, and remembers where each line comes
 * from.
 *
 * libconfig must not read files itself. It would wait for ever on a FIFO, end the process if it
 * reads a directory (flex: exit(2)), look for includes in the current directory, drop the rest of a
 * string after a NUL, truncate numbers, and treat an unclosed comment or string as the end of the
 * file.
 */
#include "loader-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static _Noreturn void stop_unreadable(struct load *load, const char *name, const char *reason)
{
	struct text *error = load_problem(load, load->source.line);

	if (load->source.file_count) {
		text_add(error, "@include \"");
		text_add_name(error, name);
		text_add(error, "\" ");
	}
	text_add(error, "cannot be read: ");
	text_add(error, reason);
	load_stop(load);
}

/* NULL for a regular file and /dev/null, which have an end and never block; else the reason. */
static const char *unsuitable(int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return strerror(errno);
	if (S_ISREG(status.st_mode) || (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)))
		return NULL;
	return S_ISDIR(status.st_mode) ? "it is a directory, a rule file must be a regular file" :
					 "a rule file must be a regular file";
}

/* Fills bytes. Returns NULL, or the reason of a failure. */
static const char *read_all(int fd, char *bytes, size_t size, size_t *length)
{
	const char *reason = unsuitable(fd);

	for (*length = 0; !reason && *length < size;) {
		ssize_t n = read(fd, bytes + *length, size - *length);

		if (n == 0)
			return NULL;
		if (n > 0)
			*length += (size_t)n;
		else if (errno != EINTR)
			reason = strerror(errno);
	}
	return reason ? reason : "it is too large, a rule file may have 1 MiB with all it includes";
}

/* The whole file, with a NUL at its end. */
static char *read_file(struct load *load, const char *name, size_t *length)
{
	size_t room = SOURCE_SIZE - load->source.size + 1;
	char *bytes = memory_take(room + 1);
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const char *reason;

	if (fd < 0)
		stop_unreadable(load, name, strerror(errno));
	reason = read_all(fd, bytes, room, length);
	close(fd);
	if (reason)
		stop_unreadable(load, name, reason);
	load->source.size += *length;
	bytes[*length] = '\0';
	return bytes;
}

/* Appends count bytes to the text. */
static void append(struct source *source, const char *bytes, size_t count)
{
	if (source->room - source->length < count + 1) {
		source->room = 2 * source->room + count + 1;
		source->text = memory_grow(source->text, source->room);
	}
	memcpy(source->text + source->length, bytes, count);
	source->length += count;
	source->text[source->length] = '\0';
	for (size_t i = 0; i < count; i++)
		source->line += bytes[i] == '\n';
}

static void begin_part(struct source *source, unsigned file, unsigned number)
{
	source->parts[source->part_count++] = (struct source_part){ source->line, file, number };
}

static void note_string(struct source *source)
{
	/* "a" "b" is one value */
	if (source->after_string)
		return;
	if (source->string_count == source->string_room) {
		source->string_room = 2 * source->string_room + 64;
		source->strings = memory_grow(source->strings,
					      source->string_room * sizeof(*source->strings));
	}
	source->strings[source->string_count++] = source->line;
	source->after_string = true;
}

static _Noreturn void stop(struct load *load, const char *what)
{
	text_add(load_problem(load, load->source.line), what);
	load_stop(load);
}

/* Length of the string at p ('"'), its quotes included. */
static size_t string_length(struct load *load, const char *p)
{
	size_t n = 1;

	for (; p[n] != '"'; n++) {
		if (!p[n])
			stop(load, "the string that begins here is never closed by \"");
		if (p[n] != '\\')
			continue;
		if ((p[n + 1] == 'x' || p[n + 1] == 'X') && p[n + 2] == '0' && p[n + 3] == '0')
			stop(load, "\\x00 in a string; a string may have any byte but NUL");
		n += p[n + 1] != '\0';
	}
	return n + 1;
}

size_t source_comment(struct load *load, const char *p)
{
	const char *end;

	if (p[0] == '#' || (p[0] == '/' && p[1] == '/'))
		return strcspn(p, "\n");
	if (p[0] != '/' || p[1] != '*')
		return 0;
	end = strstr(p + 2, "*/");
	if (!end)
		stop(load, "the comment that begins here is never closed by */");
	return (size_t)(end + 2 - p);
}

/* Length of the name or number at p. */
static size_t word_length(const char *p)
{
	return strspn(p, "+-.*_0123456789"
			 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

size_t source_piece(struct load *load, const char *p)
{
	size_t n = source_comment(load, p);

	if (n)
		return n;
	n = *p == '"' ? string_length(load, p) : word_length(p);
	return n ? n : 1;
}

static bool is_integer(const char *p, size_t length)
{
	size_t sign = *p == '+' || *p == '-';

	return length > sign && strspn(p + sign, "0123456789") == length - sign;
}

/* Where the quoted name of an @include line begins; NULL if the line at p is not one. */
static const char *include_name(const char *p)
{
	static const char word[] = "@include";
	size_t blanks;

	p += strspn(p, " \t");
	if (strncmp(p, word, sizeof(word) - 1) != 0)
		return NULL;
	p += sizeof(word) - 1;
	blanks = strspn(p, " \t");
	return blanks && p[blanks] == '"' ? p + blanks : NULL;
}

static void add_file(struct load *load, const char *name, unsigned depth);

/* Inserts the file named at quoted. Relative names start in the directory of the including file. */
static size_t include(struct load *load, unsigned file, const char *quoted, unsigned depth)
{
	size_t length = string_length(load, quoted);
	const char *parent = load->source.files[file].name;
	const char *slash = strrchr(parent, '/');
	size_t directory = slash && quoted[1] != '/' ? (size_t)(slash + 1 - parent) : 0;
	char *name = memory_take(directory + length);
	size_t n = directory;

	memcpy(name, parent, directory);
	for (size_t i = 1; i + 1 < length; i++) {
		if (quoted[i] == '\\' && (quoted[i + 1] == '\\' || quoted[i + 1] == '"'))
			i++;
		name[n++] = quoted[i];
	}
	name[n] = '\0';
	if (depth == SOURCE_DEPTH)
		stop_unreadable(load, name, "includes may be nested 10 deep");
	add_file(load, name, depth + 1);
	return length;
}

static void add_text(struct load *load, unsigned file, const char *p, unsigned depth)
{
	struct source *source = &load->source;
	bool line_start = true;

	while (*p) {
		const char *name = line_start ? include_name(p) : NULL;
		size_t n;

		if (name) {
			unsigned number;

			source_place(source, source->line, &number);
			p = name + include(load, file, name, depth);
			for (; name < p; name++)
				number += *name == '\n';
			begin_part(source, file, number);
			/* Keeps the rest of the line from being a second @include for libconfig. */
			append(source, "/**/", 4);
			line_start = false;
			continue;
		}
		if (*p == '"')
			note_string(source);
		else if (!source_comment(load, p))
			source->after_string &= strchr(" \t\r\n\f", *p) != NULL;
		n = source_piece(load, p);
		append(source, p, n);
		/* Without the L libconfig 1.5 truncates it to 32 bits. */
		if (is_integer(p, n))
			append(source, "L", 1);
		line_start = *p == '\n';
		p += n;
	}
	if (!line_start)
		append(source, "\n", 1);
}

static void add_file(struct load *load, const char *name, unsigned depth)
{
	struct source *source = &load->source;
	unsigned file = source->file_count;
	struct source_file entry = { .name = name };
	const char *nul;
	size_t length;
	char *bytes;

	if (file == SOURCE_FILES)
		stop_unreadable(load, name, "a rule file may include 31 files");
	bytes = read_file(load, name, &length);
	if (file) {
		entry.parent = source->parts[source->part_count - 1].file;
		source_place(source, source->line, &entry.include_line);
	} else {
		source->line = 1;
	}
	source->files[source->file_count++] = entry;
	begin_part(source, file, 1);
	nul = memchr(bytes, '\0', length);
	if (nul) {
		append(source, bytes, (size_t)(nul - bytes));
		stop(load, "a NUL byte; a rule file is text");
	}
	add_text(load, file, bytes, depth);
}

void source_read(struct load *load)
{
	append(&load->source, "", 0);
	add_file(load, load->file, 0);
}
