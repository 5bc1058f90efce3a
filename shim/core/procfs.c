/* SPDX-License-Identifier: MIT */
/*
 * Reads lines of /proc files in pieces. Pure.
 */
#include "procfs.h"

#include <string.h>
#include <sys/sysmacros.h>

/* The number at *p in base (10 or 16). Moves *p past the number and the one byte after it. */
static uint64_t number(const char **p, unsigned base)
{
	uint64_t value = 0;

	for (;; (*p)++) {
		unsigned digit = (unsigned char)**p;

		digit = digit >= '0' && digit <= '9' ? digit - '0' :
			digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : 16;
		if (digit >= base)
			break;
		value = value * base + digit;
	}
	if (**p)
		(*p)++;
	return value;
}

/* "start-end rwxp offset major:minor inode path" */
static bool maps_line(struct maps_reader *reader)
{
	const char *p = reader->line;
	struct vma *vma = &reader->found;
	unsigned major, minor;

	vma->start = (uintptr_t)number(&p, 16);
	vma->end = (uintptr_t)number(&p, 16);
	if (reader->address >= vma->end || strlen(p) < 5)
		return false;
	vma->writable = p[1] == 'w';
	vma->executable = p[2] == 'x';
	vma->shared = p[3] == 's';
	p += 5;
	vma->offset = number(&p, 16);
	major = (unsigned)number(&p, 16);
	minor = (unsigned)number(&p, 16);
	vma->device = makedev(major, minor);
	vma->inode = number(&p, 10);
	return true;
}

bool maps_read(struct maps_reader *reader, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n') {
			reader->line[reader->length] = '\0';
			reader->length = 0;
			if (maps_line(reader))
				return true;
		} else if (reader->length < sizeof(reader->line) - 1) {
			reader->line[reader->length++] = bytes[i];
		}
	}
	return false;
}

/* One field of "id parent major:minor root point options [tag...] - type source options". */
static void mountinfo_field(struct mountinfo_reader *reader)
{
	const char *p = reader->word;

	if (reader->separator) {
		if (reader->wanted) {
			memcpy(reader->name, reader->word, sizeof(reader->name));
			reader->id = reader->line_id;
			reader->found = true;
		}
		reader->wanted = reader->separator = false;
	} else if (reader->field == 0) {
		reader->line_id = number(&p, 10);
		reader->wanted = reader->mount_id && reader->line_id == reader->mount_id;
	} else if (reader->field == 2 && !reader->mount_id) {
		unsigned major = (unsigned)number(&p, 10), minor = (unsigned)number(&p, 10);

		/* musl's is a macro, which takes its arguments more than once. */
		reader->wanted = makedev(major, minor) == reader->device;
	} else if (reader->field >= 6 && strcmp(reader->word, "-") == 0) {
		reader->separator = true;
	}
	reader->field++;
}

void mountinfo_read(struct mountinfo_reader *reader, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == ' ' || bytes[i] == '\n') {
			reader->word[reader->length] = '\0';
			mountinfo_field(reader);
			reader->length = 0;
			if (bytes[i] == '\n') {
				reader->field = 0;
				reader->wanted = reader->separator = false;
			}
		} else if (reader->length < sizeof(reader->word) - 1) {
			reader->word[reader->length++] = bytes[i];
		}
	}
}
