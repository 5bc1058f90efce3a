/* SPDX-License-Identifier: MIT */
/*
 * Looks at each byte that may begin a call. In large programs, some bytes inside of other
 * instructions look like calls into libc's code. A call counts only if a vote says that it is an
 * instruction.
 */
#include "entries.h"

#include "grow.h"
#include "region.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR = 4096, BELIEVED = 50 };

static bool add(struct entries *entries, uint64_t address, uint64_t call)
{
	struct entry *all = grow(entries->all, entries->count, &entries->room, sizeof(*all));

	if (!all)
		return false;
	entries->all = all;
	entries->all[entries->count++] = (struct entry){ address, call };
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
	return !entry->call || region_vote(binary, entry->call) >= BELIEVED;
}

static bool find_in(struct entries *entries, const struct binary *binary,
		    const struct functions *functions, const Elf64_Phdr *segment)
{
	const uint8_t *bytes = binary->bytes + segment->p_offset;

	for (uint64_t at = 0; at + 5 <= segment->p_filesz; at++) {
		int32_t distance;
		uint64_t target;

		if (bytes[at] != 0xe8)
			continue;
		memcpy(&distance, bytes + at + 1, 4);
		target = segment->p_vaddr + at + 5 + (uint64_t)(int64_t)distance;
		if (binary_code(binary, target) && !functions_at(functions, target) &&
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
