/* SPDX-License-Identifier: MIT */
/*
 * Reads .eh_frame (LSB, "Exception Frames") and Go's table (runtime/symtab.go).
 */
#include "functions.h"

#include "grow.h"
#include "reader.h"

#include <stdlib.h>

enum { OMITTED = 0xff, MOST = 1 << 22 };

/* What the FDEs need from their CIE. */
struct common {
	unsigned pointers, landing;
	bool signal;
};

static bool add(struct functions *functions, struct function function)
{
	struct function *all;

	if (functions->count >= MOST)
		return false;
	all = grow(functions->all, functions->count, &functions->room, sizeof(*all));
	if (!all)
		return false;
	functions->all = all;
	functions->all[functions->count++] = function;
	return true;
}

static bool read_common(const struct binary *binary, uint64_t at, struct common *common)
{
	struct reader reader = { binary, at, false };
	char augmentation[8] = "";
	unsigned version, length = 0;

	*common = (struct common){ 0, OMITTED, false };
	version = (unsigned)reader_bytes(&reader, 1);
	while (!reader.failed && length < sizeof(augmentation) &&
	       (augmentation[length] = (char)reader_bytes(&reader, 1)))
		length++;
	if (reader.failed || length == sizeof(augmentation) || (version != 1 && version != 3))
		return false;
	reader_uleb(&reader); /* code alignment */
	reader_uleb(&reader); /* data alignment: signed, but as long */
	if (version == 1)
		reader_bytes(&reader, 1);
	else
		reader_uleb(&reader);
	if (augmentation[0] != 'z')
		return !augmentation[0] && !reader.failed;
	reader_uleb(&reader);
	for (const char *letter = augmentation + 1; *letter; letter++) {
		unsigned encoding;

		switch (*letter) {
		case 'R':
			common->pointers = (unsigned)reader_bytes(&reader, 1);
			break;
		case 'L':
			common->landing = (unsigned)reader_bytes(&reader, 1);
			break;
		case 'P':
			encoding = (unsigned)reader_bytes(&reader, 1);
			reader_encoded(&reader, encoding & 0x0f, 0);
			break;
		case 'S':
			common->signal = true;
			break;
		default:
			return false;
		}
	}
	return !reader.failed;
}

static bool read_description(struct functions *functions, const struct binary *binary,
			     struct reader *reader, const struct common *common)
{
	struct function function = { .signal = common->signal };
	uint64_t from;

	function.start = reader_encoded(reader, common->pointers, 0);
	function.end = function.start + reader_encoded(reader, common->pointers & 0x0f, 0);
	if (common->landing != OMITTED) {
		reader_uleb(reader);
		from = reader->at;
		function.landing = reader_encoded(reader, common->landing & 0x7f, 0);
		if (function.landing == from) /* relative 0: none */
			function.landing = 0;
	}
	if (reader->failed)
		return false;
	/* A function that the linker dropped begins at 0, or outside of the program. */
	if (function.end <= function.start || !binary_code(binary, function.start))
		return true;
	return add(functions, function);
}

static bool read_frames(struct functions *functions, struct binary *binary, uint64_t at,
			uint64_t end)
{
	struct common common = { 0 };
	uint64_t known = 0;

	while (at < end) {
		struct reader reader = { binary, at, false };
		uint64_t length = reader_bytes(&reader, 4), begin = reader.at, id;

		if (!reader.failed && length == 0)
			break;
		id = reader_bytes(&reader, 4);
		if (reader.failed || length < 4 || length >= 0xfffffff0)
			return refuse(binary, "its table for unwinding is broken at 0x%lx", at);
		if (id) {
			if (known != begin - id && !read_common(binary, begin - id + 8, &common))
				return refuse(binary, "its table for unwinding is unknown at 0x%lx",
					      at);
			known = begin - id;
			if (!read_description(functions, binary, &reader, &common))
				return refuse(binary, "its table for unwinding is broken at 0x%lx",
					      at);
		}
		at = begin + length;
	}
	return true;
}

/* Finds .eh_frame by the section's header, or by the table that unwinders search. */
static bool find_frames(struct functions *functions, struct binary *binary)
{
	const Elf64_Shdr *section = binary_section(binary, ".eh_frame");

	if (section)
		return read_frames(functions, binary, section->sh_addr,
				   section->sh_addr + section->sh_size);
	for (unsigned i = 0; i < binary->count; i++) {
		struct reader reader = { binary, binary->segments[i].p_vaddr, false };
		unsigned encoding;
		uint64_t at;

		if (binary->segments[i].p_type != PT_GNU_EH_FRAME)
			continue;
		reader_bytes(&reader, 1);
		encoding = (unsigned)reader_bytes(&reader, 1);
		reader_bytes(&reader, 2);
		at = reader_encoded(&reader, encoding, binary->segments[i].p_vaddr);
		if (reader.failed || encoding == OMITTED)
			continue;
		return read_frames(functions, binary, at, UINT64_MAX);
	}
	return true;
}

/* Finds the bytes of a number in the program's segments, at a multiple of 8; 0: nowhere. */
static uint64_t find_number(const struct binary *binary, const void *number, size_t size,
			    bool writable)
{
	for (unsigned i = 0; i < binary->count; i++) {
		const Elf64_Phdr *segment = &binary->segments[i];
		const uint8_t *bytes;

		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W) == writable)
			continue;
		bytes = binary->bytes + segment->p_offset;
		for (uint64_t at = -segment->p_vaddr & 7; at + size <= segment->p_filesz; at += 8)
			if (memcmp(bytes + at, number, size) == 0)
				return segment->p_vaddr + at;
	}
	return 0;
}

/* runtime.moduledata begins with a pointer to the table; its 21st word is minpc. */
static uint64_t first_of_go(const struct binary *binary, uint64_t table)
{
	uint64_t module = find_number(binary, &table, sizeof(table), true);
	struct reader reader = { binary, module + UINT64_C(20) * 8, false };

	return module ? reader_bytes(&reader, 8) : 0;
}

static bool find_go(struct functions *functions, struct binary *binary)
{
	/* Go 1.20 and later, 1.18 and 1.19: the quantum of instructions, the size of pointers */
	static const uint8_t magics[][8] = { { 0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8 },
					     { 0xf0, 0xff, 0xff, 0xff, 0, 0, 1, 8 } };
	uint64_t table = 0, first, count, entries, before = 0;
	struct reader reader;

	for (unsigned i = 0; i < 2 && !table; i++) {
		table = find_number(binary, magics[i], sizeof(magics[i]), false);
		if (!table)
			table = find_number(binary, magics[i], sizeof(magics[i]), true);
	}
	if (!table)
		return true;
	functions->go = true;
	first = first_of_go(binary, table);
	if (!first)
		return refuse(binary, "its table of Go's functions is not in use");
	reader = (struct reader){ binary, table + 8, false };
	count = reader_bytes(&reader, 8);
	reader.at = table + 8 + UINT64_C(7) * 8;
	entries = table + reader_bytes(&reader, 8);
	reader.at = entries;
	first -= reader_bytes(&reader, 4);
	reader.at = entries;
	for (uint64_t i = 0; i <= count && i < MOST && !reader.failed; i++) {
		uint64_t start = first + reader_bytes(&reader, 4);

		reader_bytes(&reader, 4);
		if (reader.failed || start < before || (i < count && !binary_code(binary, start)))
			return refuse(binary, "its table of Go's functions is broken");
		if (i && start > before &&
		    !add(functions, (struct function){ .start = before, .end = start }))
			return refuse(binary, "it has too many functions");
		before = start;
	}
	return !reader.failed || refuse(binary, "its table of Go's functions is broken");
}

static int compare(const void *one, const void *other)
{
	uint64_t a = ((const struct function *)one)->start;
	uint64_t b = ((const struct function *)other)->start;

	return (a > b) - (a < b);
}

bool functions_find(struct functions *functions, struct binary *binary)
{
	memset(functions, 0, sizeof(*functions));
	if (!find_frames(functions, binary) || !find_go(functions, binary))
		return false;
	if (functions->count)
		qsort(functions->all, functions->count, sizeof(*functions->all), compare);
	return true;
}

void functions_forget(struct functions *functions)
{
	free(functions->all);
	memset(functions, 0, sizeof(*functions));
}

const struct function *functions_at(const struct functions *functions, uint64_t address)
{
	size_t low = 0, high = functions->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (functions->all[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < functions->all[low - 1].end ? &functions->all[low - 1] : NULL;
}

bool function_lands_in(const struct function *function, const struct binary *binary, uint64_t first,
		       uint64_t last)
{
	struct reader reader = { binary, function->landing, false };
	uint64_t start = function->start, end;
	unsigned encoding;

	if (!function->landing)
		return false;
	encoding = (unsigned)reader_bytes(&reader, 1);
	if (encoding != OMITTED)
		start = reader_encoded(&reader, encoding, 0);
	encoding = (unsigned)reader_bytes(&reader, 1);
	if (encoding != OMITTED)
		reader_uleb(&reader);
	encoding = (unsigned)reader_bytes(&reader, 1);
	end = reader_uleb(&reader);
	end += reader.at;
	while (reader.at < end && !reader.failed) {
		uint64_t pad;

		reader_encoded(&reader, encoding, 0);
		reader_encoded(&reader, encoding, 0);
		pad = reader_encoded(&reader, encoding, 0);
		reader_uleb(&reader);
		if (pad && start + pad >= first && start + pad <= last)
			return true;
	}
	return reader.failed;
}
