/* SPDX-License-Identifier: MIT */
/*
 * A function's code, decoded twice: from its first byte straight on, and along its branches from
 * where it is entered. The second way also follows what is in registers, to know the number of a
 * system call.
 */
#pragma once

#include "binary.h"
#include "code.h"

struct region {
	uint64_t start, end;
	const uint8_t *bytes;
	uint8_t *lengths;     /* of the instruction that begins at a byte; 0: none does */
	struct state *states; /* where the second way came to; NULL before region_follow() */
	bool clean;	      /* the first decoding came to the very end */
};

enum value_kind { VALUE_UNSEEN, VALUE_CONSTANT, VALUE_ARGUMENT, VALUE_ANY };

struct value {
	enum value_kind kind;
	bool wanted; /* it is, or may be, the number of a system call that maps */
	int32_t constant;
};

/* The numbers of mmap, mprotect, munmap and mremap. */
static inline bool number_is_wanted(int64_t number)
{
	return number == 9 || number == 10 || number == 11 || number == 25;
}

/* [start, end) is code of the binary. False if there is no memory. */
bool region_decode(struct region *region, const struct binary *binary, uint64_t start,
		   uint64_t end);
void region_forget(struct region *region);

/* Decodes along the branches until it has come to address, a boundary. False: the two ways do not
 * agree, or there is no memory. */
bool region_follow(struct region *region, uint64_t address);

/* What is in the register of numbers at address, a syscall. An argument only where the way to it is
 * straight. */
struct value region_number(const struct region *region, uint64_t address);

static inline bool region_has(const struct region *region, uint64_t address)
{
	return address >= region->start && address < region->end;
}

static inline unsigned region_length(const struct region *region, uint64_t address)
{
	return region_has(region, address) ? region->lengths[address - region->start] : 0;
}

/* Whether the second way came here. */
bool region_reached(const struct region *region, uint64_t address);

/* The boundary before address, itself a boundary; 0: none. */
uint64_t region_before(const struct region *region, uint64_t address);

/* Decodes from each byte before address: how many of 100 come to it. They soon agree in real code.
 */
unsigned region_vote(const struct binary *binary, uint64_t address);
