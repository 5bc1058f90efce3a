/* SPDX-License-Identifier: MIT */
/*
 * A static program's file in memory. Its headers were checked against the file's size, so that
 * bytes found by address lie in the file.
 */
#pragma once

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BINARY_SEGMENTS = 64 };

struct binary {
	const uint8_t *bytes;
	size_t size;
	const Elf64_Ehdr *header;
	Elf64_Phdr segments[BINARY_SEGMENTS];
	unsigned count;
	uint64_t base; /* the address of the file's first byte, even if that is not loaded */
	uint64_t end;  /* the address after the last byte in memory */
	char *reason;  /* REASON bytes: why the program is refused */
};

enum { REASON = 256 };

/* Writes the reason, and returns false. */
bool refuse(struct binary *binary, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * False, with a reason, if the patcher cannot patch programs of this kind. The caller keeps bytes.
 */
bool binary_take(struct binary *binary, const uint8_t *bytes, size_t size, char reason[REASON]);

/* Returns the size bytes of the file that are loaded at address, or NULL. */
const uint8_t *binary_at(const struct binary *binary, uint64_t address, size_t size);

/* The same, in one segment only. */
const uint8_t *binary_at_segment(const struct binary *binary, const Elf64_Phdr *segment,
				 uint64_t address, size_t size);

/* Returns the executable segment whose bytes in the file include address, or NULL. */
const Elf64_Phdr *binary_code(const struct binary *binary, uint64_t address);

static inline bool segment_has_code(const Elf64_Phdr *segment)
{
	return segment->p_type == PT_LOAD && (segment->p_flags & PF_X);
}

/* Returns the section headers, or NULL. */
const Elf64_Shdr *binary_sections(const struct binary *binary);

/* Returns the section of that name, or NULL. Stripped programs may have no sections at all. */
const Elf64_Shdr *binary_section(const struct binary *binary, const char *name);
