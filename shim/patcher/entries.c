/* SPDX-License-Identifier: MIT */
/*
 * Looks at each byte that may begin a call or a jump. By chance others lead into code, too, but
 * hardly ever: an address has 32 bits, and a libc's code is small.
 */
#include "entries.h"

#include "grow.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR = 4096 };

static bool add(struct entries *entries, uint64_t address)
{
	uint64_t *all = grow(entries->all, entries->count, &entries->room, sizeof(*all));

	if (!all)
		return false;
	entries->all = all;
	entries->all[entries->count++] = address;
	return true;
}

static int compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return (a > b) - (a < b);
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
		    !add(entries, target))
			return false;
	}
	return true;
}

bool entries_find(struct entries *entries, const struct binary *binary,
		  const struct functions *functions)
{
	if (!add(entries, binary->header->e_entry))
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

		if (entries->all[middle] <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!segment || !low || address - entries->all[low - 1] > NEAR ||
	    entries->all[low - 1] < segment->p_vaddr)
		return false;
	*start = entries->all[low - 1];
	*end = low < entries->count ? entries->all[low] : UINT64_MAX;
	if (*end > address + NEAR)
		*end = address + NEAR;
	if (*end > segment->p_vaddr + segment->p_filesz)
		*end = segment->p_vaddr + segment->p_filesz;
	for (size_t i = 0; i < functions->count; i++)
		if (functions->all[i].start > address && functions->all[i].start < *end)
			*end = functions->all[i].start;
	return true;
}
