/* SPDX-License-Identifier: MIT */
/*
 * Finds the sites. Each pair of bytes that looks like a syscall is one, or a part of something
 * else, or unknown. Unknown is accepted only if it cannot be a wanted call.
 */
#include "sites.h"

#include "regions.h"

#include <string.h>

enum { EXIT_GROUP = 231 };

/* The state of the search. */
struct search {
	struct sites *sites;
	struct binary *binary;
	struct regions regions;
};

/* True if the code shortly before loads a wanted number, in a form that compilers use. */
static bool may_be_wanted(const struct region *region, const struct binary *binary,
			  uint64_t address)
{
	uint64_t most = region_length(region, address) ? address - region->start : 64;

	for (uint64_t back = 3; back <= most && back <= 64; back++) {
		const uint8_t *bytes = binary_at(binary, address - back, back);

		if (!bytes)
			return false;
		if (back >= 5 && bytes[0] == 0xb8 && number_is_wanted(bytes[1]) && !bytes[2] &&
		    !bytes[3] && !bytes[4])
			return true;
		if (back >= 7 && bytes[0] == 0x48 && bytes[1] == 0xc7 && bytes[2] == 0xc0 &&
		    number_is_wanted(bytes[3]) && !bytes[4] && !bytes[5] && !bytes[6])
			return true;
		if (bytes[0] == 0x6a && number_is_wanted(bytes[1]) && bytes[2] == 0x58)
			return true;
	}
	return false;
}

static bool add(struct search *search, struct site site)
{
	struct sites *sites = search->sites;

	if (sites->count == SITES_MOST)
		return refuse(search->binary, "it has too many system calls");
	sites->all[sites->count++] = site;
	return true;
}

/* Finds the window: whole instructions before the syscall that work at any address. */
static bool find_window(struct search *search, struct site *site)
{
	const struct region *region = &search->regions.region;
	struct code code;

	site->window = site->address;
	while (site->address - site->window < JUMP_SIZE) {
		uint64_t before = region_before(region, site->window);

		if (!before || !region_reached(region, before) ||
		    !code_decode(region->bytes + (before - region->start), region->end - before,
				 before, &code) ||
		    code.kind != CODE_PLAIN || code.marks || (code.has_target && !code.relative))
			return refuse(search->binary,
				      "there is no room before the system call at 0x%lx",
				      site->address);
		site->window = before;
	}
	if (region_vote(search->binary, site->window) < 75 ||
	    region_vote(search->binary, site->address) < 75)
		return refuse(search->binary, "the code before 0x%lx can be read in two ways",
			      site->address);
	return true;
}

static bool look_at(struct search *search, uint64_t address)
{
	struct site site = { .address = address };
	struct region *region = regions_at(&search->regions, address);
	const struct function *function = search->regions.function;
	struct value number;

	if (!region)
		return false;
	if (!region_length(region, address)) {
		if (region->clean && function)
			return true; /* it is a part of another instruction */
		if (region_vote(search->binary, address) >= 25 &&
		    may_be_wanted(region, search->binary, address))
			return refuse(search->binary, "nobody knows what is at 0x%lx", address);
		return true;
	}
	if (function && function->signal) {
		search->sites->others++;
		return true;
	}
	if (!region_follow(region, address)) {
		if (may_be_wanted(region, search->binary, address))
			return refuse(search->binary,
				      "the code around 0x%lx can be read in two ways", address);
		search->sites->unknown++;
		return true;
	}
	number = region_number(region, address);
	if (number.kind == VALUE_ANY && number.wanted)
		return refuse(search->binary, "the number of the system call at 0x%lx is unknown",
			      address);
	if (number.kind == VALUE_ANY) {
		search->sites->unknown++;
		return true;
	}
	site.optional = number.kind == VALUE_CONSTANT && number.constant == EXIT_GROUP;
	if (number.kind == VALUE_CONSTANT && !number_is_wanted(number.constant) && !site.optional) {
		search->sites->others++;
		return true;
	}
	site.number = number.kind == VALUE_CONSTANT ? number.constant : ARGUMENT;
	site.function = function;
	if (find_window(search, &site))
		return add(search, site);
	if (site.optional)
		search->sites->others++;
	return site.optional;
}

static bool look_through(struct search *search, const Elf64_Phdr *segment)
{
	const uint8_t *bytes = search->binary->bytes + segment->p_offset;
	const uint8_t *end = bytes + segment->p_filesz, *at = bytes;

	for (; (at = memmem(at, (size_t)(end - at), "\x0f\x05", SYSCALL_SIZE)); at++)
		if (!look_at(search, segment->p_vaddr + (uint64_t)(at - bytes)))
			return false;
	return true;
}

bool sites_find(struct sites *sites, struct binary *binary, const struct functions *functions)
{
	struct search search = { .sites = sites,
				 .binary = binary,
				 .regions = { .binary = binary, .functions = functions } };
	bool found = true, maps = false;

	for (unsigned i = 0; i < binary->count && found; i++)
		if (segment_has_code(&binary->segments[i]))
			found = look_through(&search, &binary->segments[i]);
	regions_forget(&search.regions);
	for (size_t i = 0; i < sites->count && found; i++)
		maps |= !sites->all[i].optional;
	if (found && !maps && sites->unknown)
		return refuse(binary, "nobody knows which of its system calls map");
	if (found && !maps)
		return refuse(binary, "there is no system call in it that maps");
	return found;
}

bool sites_drop_optional(struct sites *sites)
{
	size_t kept = 0, count = sites->count;

	for (size_t i = 0; i < count; i++)
		if (!sites->all[i].optional)
			sites->all[kept++] = sites->all[i];
	sites->count = kept;
	sites->others += (unsigned)(count - kept);
	return kept < count;
}
