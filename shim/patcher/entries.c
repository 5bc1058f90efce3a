/* SPDX-License-Identifier: MIT */
/*
 * Looks at each byte that may begin a call, or a lea, by which Rust takes a function's address to
 * call it later. In large programs, some bytes inside of other instructions look like these. They
 * count only if a vote says that they are an instruction. A lea may also name data of the same
 * segment, which only sections tell from code.
 */
#include "entries.h"

#include "grow.h"
#include "region.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR = 4096, BELIEVED = 50 };

static bool add(struct entries *entries, uint64_t address, uint64_t from)
{
	struct entry *all = grow(entries->all, entries->count, &entries->room, sizeof(*all));

	if (!all)
		return false;
	entries->all = all;
	entries->all[entries->count++] = (struct entry){ address, from };
	return true;
}

static int compare(const void *one, const void *other)
{
	uint64_t a = ((const struct entry *)one)->address;
	uint64_t b = ((const struct entry *)other)->address;

	return (a > b) - (a < b);
}

static bool is_believed(const struct binary *binary, const struct entry *entry)
{
	return !entry->from || region_vote(binary, entry->from) >= BELIEVED;
}

/* The length of what may be a call, or a lea to a 64-bit register, both by a distance that ends
 * it; else 0. */
static unsigned names_function(const uint8_t *bytes, uint64_t left)
{
	if (left >= 5 && bytes[0] == 0xe8)
		return 5;
	if (left >= 7 && (bytes[0] & 0xfb) == 0x48 && bytes[1] == 0x8d && (bytes[2] & 0xc7) == 0x05)
		return 7;
	return 0;
}

static bool is_in_code_section(const struct binary *binary, uint64_t address)
{
	const Elf64_Shdr *sections = binary_sections(binary);

	for (unsigned i = 0; sections && i < binary->header->e_shnum; i++)
		if (sections[i].sh_flags & SHF_EXECINSTR && address >= sections[i].sh_addr &&
		    address - sections[i].sh_addr < sections[i].sh_size)
			return true;
	return false;
}

static bool find_in(struct entries *entries, const struct binary *binary,
		    const struct functions *functions, const Elf64_Phdr *segment)
{
	const uint8_t *bytes = binary->bytes + segment->p_offset;

	for (uint64_t at = 0; at < segment->p_filesz; at++) {
		unsigned length = names_function(bytes + at, segment->p_filesz - at);
		int32_t distance;
		uint64_t target;

		if (!length)
			continue;
		memcpy(&distance, bytes + at + length - 4, 4);
		target = segment->p_vaddr + at + length + (uint64_t)(int64_t)distance;
		if (binary_code(binary, target) && !functions_at(functions, target) &&
		    (bytes[at] == 0xe8 || is_in_code_section(binary, target)) &&
		    !add(entries, target, segment->p_vaddr + at))
			return false;
	}
	return true;
}

bool entries_find(struct entries *entries, const struct binary *binary,
		  const struct functions *functions)
{
	if (!add(entries, binary->header->e_entry, 0))
		return false;
	for (unsigned i = 0; i < binary->count; i++)
		if (segment_has_code(&binary->segments[i]) &&
		    !find_in(entries, binary, functions, &binary->segments[i]))
			return false;
	qsort(entries->all, entries->count, sizeof(*entries->all), compare);
	return true;
}

void entries_forget(struct entries *entries)
{
	free(entries->all);
	memset(entries, 0, sizeof(*entries));
}

bool entries_around(const struct entries *entries, const struct binary *binary,
		    const struct functions *functions, uint64_t address, uint64_t *start,
		    uint64_t *end)
{
	const Elf64_Phdr *segment = binary_code(binary, address);
	size_t low = 0, high = entries->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entries->all[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	high = low;
	while (low && address - entries->all[low - 1].address <= NEAR &&
	       !is_believed(binary, &entries->all[low - 1]))
		low--;
	if (!segment || !low || address - entries->all[low - 1].address > NEAR ||
	    entries->all[low - 1].address < segment->p_vaddr)
		return false;
	*start = entries->all[low - 1].address;
	*end = address + NEAR;
	while (high < entries->count && entries->all[high].address < *end &&
	       !is_believed(binary, &entries->all[high]))
		high++;
	if (high < entries->count && entries->all[high].address < *end)
		*end = entries->all[high].address;
	if (*end > segment->p_vaddr + segment->p_filesz)
		*end = segment->p_vaddr + segment->p_filesz;
	for (size_t i = 0; i < functions->count; i++)
		if (functions->all[i].start > address && functions->all[i].start < *end)
			*end = functions->all[i].start;
	return true;
}
