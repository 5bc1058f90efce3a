/* SPDX-License-Identifier: MIT */
/*
 * A static program's file in memory, as the patcher looks at it: all that its headers say was
 * checked against the file's size, so that what is asked for by address is there.
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
	uint64_t base; /* where the file's first byte is, or would be, in memory */
	uint64_t end;  /* behind the last byte in memory */
	char *reason;  /* REASON bytes: why it is refused */
};

enum { REASON = 256 };

/* Writes the reason, and is false. */
bool refuse(struct binary *binary, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* False, with a reason: it is no program of the kind that can be patched. bytes stay the caller's.
 */
bool binary_take(struct binary *binary, const uint8_t *bytes, size_t size, char reason[REASON]);

/* size bytes of the file that are loaded at address, or NULL. */
const uint8_t *binary_at(const struct binary *binary, uint64_t address, size_t size);

/* The same, of one segment. */
const uint8_t *binary_at_segment(const struct binary *binary, const Elf64_Phdr *segment,
				 uint64_t address, size_t size);

/* The executable segment which has address in its file's bytes, or NULL. */
const Elf64_Phdr *binary_code(const struct binary *binary, uint64_t address);

static inline bool segment_has_code(const Elf64_Phdr *segment)
{
	return segment->p_type == PT_LOAD && (segment->p_flags & PF_X);
}

/* The section headers, or NULL. */
const Elf64_Shdr *binary_sections(const struct binary *binary);

/* The section of that name, or NULL. Stripped programs may have none at all. */
const Elf64_Shdr *binary_section(const struct binary *binary, const char *name);
