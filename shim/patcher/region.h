/* SPDX-License-Identifier: MIT */
/*
 * A function's code, decoded twice: straight on from its first byte, and along its branches from
 * its entry. The second decoding also tracks the values of registers, to know the number of a
 * system call.
 */
#pragma once

#include "binary.h"
#include "code.h"

struct region {
	uint64_t start, end;
	const uint8_t *bytes;
	uint8_t *lengths;     /* of the instruction that begins at each byte; 0: none */
	struct state *states; /* of the second decoding; NULL before region_follow() */
	bool clean;	      /* the first decoding ended exactly at end */
};

enum value_kind { VALUE_UNSEEN, VALUE_CONSTANT, VALUE_ARGUMENT, VALUE_ANY };

struct value {
	enum value_kind kind;
	bool wanted; /* it is, or may be, the number of a call that maps */
	int32_t constant;
};

/* The numbers of mmap, mprotect, munmap and mremap. */
static inline bool number_is_wanted(int64_t number)
{
	return number == 9 || number == 10 || number == 11 || number == 25;
}

/* Decodes [start, end), which is code of the binary. False if there is no memory. */
bool region_decode(struct region *region, const struct binary *binary, uint64_t start,
		   uint64_t end);
void region_forget(struct region *region);

/* Decodes along the branches until it reaches address, a boundary. False if the two decodings do
 * not agree, or if there is no memory. */
bool region_follow(struct region *region, uint64_t address);

/* Returns the value of rax at address, a syscall. It is an argument only if the path to it is
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

/* True if the second decoding reached address. */
bool region_reached(const struct region *region, uint64_t address);

/* Returns the boundary before address, which is a boundary as well; 0: none. */
uint64_t region_before(const struct region *region, uint64_t address);

/* Decodes from many bytes before address, and returns the percentage that reaches it. In real code,
 * they soon agree. */
unsigned region_vote(const struct binary *binary, uint64_t address);
