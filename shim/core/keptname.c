/* SPDX-License-Identifier: MIT */
/*
 * The names of kept copies: "copy-BOOT-DEVICE-INODE-SIZE-...", all in hexadecimal digits.
 */
#include "keptname.h"

#include <string.h>

enum {
	BOOT_DIGITS = 32,
	FIELDS = 9,
	FIELD_DIGITS = 16,
	PREFIX = 5,
};

static const char digits[] = "0123456789abcdef";

static const char *const prefixes[] = { [KEPT_COPY] = "copy-", [KEPT_SEEN] = "seen-" };

/* Adds at least `least` digits. */
static void add_hex(struct text *text, uint64_t number, unsigned least)
{
	unsigned count = FIELD_DIGITS;

	while (count > least && !(number >> 4 * (count - 1)))
		count--;
	while (count--)
		text_add_bytes(text, &digits[number >> 4 * count & 15], 1);
}

bool kept_boot_parse(const char *text, size_t length, struct boot *boot)
{
	unsigned count = 0;

	*boot = (struct boot){ { 0, 0 } };
	for (size_t i = 0; i < length && text[i] != '\n'; i++) {
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
		uint64_t *half = &boot->halves[count >= FIELD_DIGITS];

		if (text[i] == '-')
			continue;
		if (!digit || count++ == BOOT_DIGITS)
			return false;
		*half = *half << 4 | (uint64_t)(digit - digits);
	}
	return count == BOOT_DIGITS && (boot->halves[0] | boot->halves[1]);
}

void kept_name(struct text *name, enum kept_kind kind, const struct part *part,
	       const struct boot *boot)
{
	const struct snapshot *file = &part->file;
	const uint64_t fields[FIELDS] = {
		file->file.device,
		file->file.inode,
		file->size,
		(uint64_t)file->modified.seconds,
		file->modified.nanoseconds,
		(uint64_t)file->changed.seconds,
		file->changed.nanoseconds,
		part->offset,
		part->bytes,
	};

	text_add(name, prefixes[kind]);
	add_hex(name, boot->halves[0], FIELD_DIGITS);
	add_hex(name, boot->halves[1], FIELD_DIGITS);
	for (size_t i = 0; i < FIELDS; i++) {
		text_add(name, "-");
		add_hex(name, fields[i], 1);
	}
	text_string(name);
}

static bool fields_right(const char *at)
{
	for (int i = 0; i < FIELDS; i++) {
		size_t count = *at == '-' ? strspn(at + 1, digits) : 0;

		if (!count || count > FIELD_DIGITS)
			return false;
		at += 1 + count;
	}
	return !*at;
}

enum kept_kind kept_kind_of(const char *name, const struct boot *boot, bool *this_boot)
{
	enum kept_kind kind = KEPT_SEEN;
	char room[BOOT_DIGITS];
	struct text wanted = TEXT_IN(room);

	while (kind != KEPT_NOT_OURS && strncmp(name, prefixes[kind], PREFIX) != 0)
		kind--;
	if (kind == KEPT_NOT_OURS || strspn(name + PREFIX, digits) != BOOT_DIGITS ||
	    !fields_right(name + PREFIX + BOOT_DIGITS))
		return KEPT_NOT_OURS;
	if (boot) {
		add_hex(&wanted, boot->halves[0], FIELD_DIGITS);
		add_hex(&wanted, boot->halves[1], FIELD_DIGITS);
		*this_boot = memcmp(name + PREFIX, room, BOOT_DIGITS) == 0;
	}
	return kind;
}

uint64_t kept_bytes_of(const char *name)
{
	uint64_t bytes = 0;

	for (const char *at = strrchr(name, '-') + 1; *at; at++)
		bytes = bytes << 4 | (uint64_t)(strchr(digits, *at) - digits);
	return bytes;
}
