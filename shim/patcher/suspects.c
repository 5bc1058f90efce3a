/* SPDX-License-Identifier: MIT */
/*
 * Looks for branches and addresses that lead into windows. Most suspects are harmless, because no
 * instruction begins at their bytes: the tables of functions show this, or a vote.
 */
#include "suspects.h"

#include "regions.h"

#include <string.h>

enum { SHORT = 130, TABLE_MOST = 1 << 16, VOTED_DOWN = 25 };

/* The state of the search. */
struct scan {
	struct binary *binary;
	const struct sites *sites;
	struct regions regions;
	uint64_t lowest, highest; /* of all windows */
	uint64_t code, code_size; /* from the first code to the last */
};

/* Returns the site whose window has target after its first byte. The address after the syscall
 * counts, too: it ends a region of cancellation. */
static const struct site *site_of(const struct scan *scan, uint64_t target)
{
	if (target <= scan->lowest || target > scan->highest)
		return NULL;
	for (size_t i = 0; i < scan->sites->count; i++) {
		const struct site *site = &scan->sites->all[i];

		if (target > site->window && target <= site->address + SYSCALL_SIZE)
			return site;
	}
	return NULL;
}

static bool leads(const struct scan *scan, uint64_t target)
{
	const struct site *site = site_of(scan, target);

	return site && target <= site->address;
}

/*
 * True if an instruction may begin at an address. If tables know the function, the answer is
 * certain.
 */
static bool may_begin(struct scan *scan, const struct region *region, uint64_t address)
{
	return region->clean && scan->regions.function ?
		       region_length(region, address) > 0 :
		       region_vote(scan->binary, address) >= VOTED_DOWN;
}

/* True if code at an address, if it is code, leads into a window by a field that includes the byte
 * at. */
static bool is_guilty(const struct scan *scan, const struct code *code, uint64_t address,
		      uint64_t at, const uint8_t *bytes)
{
	bool absolute = scan->binary->header->e_type == ET_EXEC;

	if (code->has_target &&
	    (code->relative ? site_of(scan, code->target) != NULL : leads(scan, code->target)))
		return true;
	for (unsigned i = 0; absolute && i < 2; i++) {
		uint64_t field = address + code->constant_at[i];
		uint64_t number = 0;

		if (code->constant_size[i] < 4 || at < field ||
		    at >= field + code->constant_size[i])
			continue;
		memcpy(&number, bytes + code->constant_at[i], code->constant_size[i]);
		if (site_of(scan, number))
			return true;
	}
	return false;
}

/* Decides about a byte in code that looks like a part of an address in a window. */
static bool decide(struct scan *scan, uint64_t at)
{
	struct region *region = regions_at(&scan->regions, at);

	if (!region)
		return false;
	for (uint64_t back = 0; back < CODE_LONGEST; back++) {
		uint64_t address = at - back;
		const Elf64_Phdr *segment = binary_code(scan->binary, address);
		const uint8_t *bytes;
		uint64_t left;
		struct code code;
		unsigned length = region_length(region, address);

		if (!segment)
			break;
		bytes = scan->binary->bytes + segment->p_offset + (address - segment->p_vaddr);
		left = segment->p_filesz - (address - segment->p_vaddr);
		if (!code_decode(bytes, left, address, &code) || code.length <= back ||
		    !is_guilty(scan, &code, address, at, bytes)) {
			if (length > back && region->clean && scan->regions.function)
				return true; /* part of this instruction, which is harmless */
			continue;
		}
		if (may_begin(scan, region, address))
			return refuse(scan->binary,
				      "code at 0x%lx leads into what would be replaced", address);
	}
	return true;
}

static bool is_short_branch(uint8_t opcode)
{
	return (opcode >= 0x70 && opcode <= 0x7f) || (opcode >= 0xe0 && opcode <= 0xe3) ||
	       opcode == 0xeb;
}

static bool look_near(struct scan *scan, const struct site *site)
{
	uint64_t at = site->window > SHORT ? site->window - SHORT : 0;

	for (; at < site->address + SHORT; at++) {
		const uint8_t *bytes =
			binary_code(scan->binary, at) ? binary_at(scan->binary, at, 2) : NULL;

		if (bytes && is_short_branch(bytes[0]) &&
		    leads(scan, at + 2 + (uint64_t)(int64_t)(int8_t)bytes[1]) && !decide(scan, at))
			return false;
	}
	return true;
}

static int32_t entry_of(const uint8_t *table, uint64_t i)
{
	int32_t distance;

	memcpy(&distance, table + 4 * i, 4);
	return distance;
}

/* Nothing tells where a table ends. An entry that leads into the middle of an instruction is
 * already after the end. */
static bool ends_before(struct scan *scan, uint64_t table, const uint8_t *entries, uint64_t last)
{
	for (uint64_t i = 0; i <= last; i++) {
		uint64_t target = table + (uint64_t)(int64_t)entry_of(entries, i);
		struct region *region = regions_at(&scan->regions, target);

		if (region && !may_begin(scan, region, target))
			return true;
	}
	return false;
}

/* Looks at a table of 32-bit distances from its start to code. */
static bool look_at_table(struct scan *scan, uint64_t table)
{
	const uint8_t *entries = NULL;
	uint64_t count = 0;

	for (unsigned i = 0; i < scan->binary->count && !entries; i++) {
		const Elf64_Phdr *segment = &scan->binary->segments[i];

		entries = binary_at_segment(scan->binary, segment, table, 4);
		count = (segment->p_filesz - (table - segment->p_vaddr)) / 4;
	}
	for (uint64_t i = 0; entries && i < count && i < TABLE_MOST; i++) {
		uint64_t target = table + (uint64_t)(int64_t)entry_of(entries, i);

		if (target - scan->code >= scan->code_size)
			return true;
		if (leads(scan, target) && !ends_before(scan, table, entries, i))
			return refuse(scan->binary,
				      "a table at 0x%lx leads into what would be replaced", table);
	}
	return true;
}

static bool look_at_code(struct scan *scan, const Elf64_Phdr *segment)
{
	/*
	 * From a distance to the end of its instruction: itself, and a number of 0, 1, 2 or 4
	 * bytes.
	 */
	static const unsigned behind[] = { 4, 5, 6, 8 };
	const uint8_t *bytes = scan->binary->bytes + segment->p_offset;
	bool absolute = scan->binary->header->e_type == ET_EXEC;

	for (uint64_t at = 0; at + 4 <= segment->p_filesz; at++) {
		uint64_t address = segment->p_vaddr + at;
		uint64_t target;
		int32_t number;

		memcpy(&number, bytes + at, 4);
		target = address + (uint64_t)(int64_t)number;
		if (target + 8 > scan->lowest && target <= scan->highest)
			for (unsigned i = 0; i < 4; i++)
				if (site_of(scan, target + behind[i]) && !decide(scan, address))
					return false;
		if (absolute && site_of(scan, (uint32_t)number) && !decide(scan, address))
			return false;
		/* lea DISTANCE(%rip): code finds a table like this. */
		if (at >= 3 && (bytes[at - 3] & 0xf8) == 0x48 && bytes[at - 2] == 0x8d &&
		    (bytes[at - 1] & 0xc7) == 0x05 && (target + 4) % 4 == 0 &&
		    !look_at_table(scan, target + 4))
			return false;
	}
	return true;
}

/* Looks for pointers: at every byte if addresses are fixed, else only where a relocation can be.
 * Pointers of 32 bits count only where a compiler would put them. Go's compiler never does, but its
 * data has many other 32-bit numbers about code. */
static bool look_at_data(struct scan *scan, const Elf64_Phdr *segment)
{
	const uint8_t *bytes = scan->binary->bytes + segment->p_offset;
	bool fixed = scan->binary->header->e_type == ET_EXEC;
	bool absolute = fixed && !segment_has_code(segment) && !scan->regions.functions->go;
	uint64_t step = fixed ? 1 : 8;

	for (uint64_t at = -segment->p_vaddr % step; at + 8 <= segment->p_filesz; at += step) {
		uint64_t number;

		memcpy(&number, bytes + at, 8);
		if (site_of(scan, number) || (absolute && (segment->p_vaddr + at) % 4 == 0 &&
					      site_of(scan, (uint32_t)number)))
			return refuse(scan->binary,
				      "a number at 0x%lx may lead into what would be replaced",
				      segment->p_vaddr + at);
	}
	return true;
}

static bool look_through(struct scan *scan)
{
	struct binary *binary = scan->binary;

	for (unsigned i = 0; i < binary->count; i++) {
		const Elf64_Phdr *segment = &binary->segments[i];

		if (segment->p_type == PT_LOAD &&
		    (!look_at_data(scan, segment) ||
		     (segment_has_code(segment) && !look_at_code(scan, segment))))
			return false;
	}
	for (size_t i = 0; i < scan->sites->count; i++) {
		const struct site *site = &scan->sites->all[i];

		if (!look_near(scan, site))
			return false;
		if (site->function &&
		    function_lands_in(site->function, binary, site->window + 1, site->address))
			return refuse(binary, "an exception may land before 0x%lx", site->address);
		if (i && site->window < scan->sites->all[i - 1].address + SYSCALL_SIZE)
			return refuse(binary, "two system calls at 0x%lx share code",
				      site->address);
	}
	return true;
}

bool suspects_clear(struct binary *binary, const struct functions *functions,
		    const struct sites *sites)
{
	struct scan scan = { .binary = binary,
			     .sites = sites,
			     .regions = { .binary = binary, .functions = functions } };
	bool clear;

	scan.lowest = UINT64_MAX;
	for (size_t i = 0; i < sites->count; i++) {
		uint64_t end = sites->all[i].address + SYSCALL_SIZE;

		if (sites->all[i].window < scan.lowest)
			scan.lowest = sites->all[i].window;
		if (end > scan.highest)
			scan.highest = end;
	}
	scan.code = UINT64_MAX;
	for (unsigned i = 0; i < binary->count; i++) {
		const Elf64_Phdr *segment = &binary->segments[i];

		if (!segment_has_code(segment))
			continue;
		if (scan.code == UINT64_MAX)
			scan.code = segment->p_vaddr;
		scan.code_size = segment->p_vaddr + segment->p_filesz - scan.code;
	}
	clear = look_through(&scan);
	regions_forget(&scan.regions);
	return clear;
}
