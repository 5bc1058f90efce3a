/* SPDX-License-Identifier: MIT */
/*
 * What is known about the addresses of a traced process: which are private in place of shared, and
 * which show a copy. It may know converted ranges of the window that are gone (filter.h), but none
 * where another mapping has come. All processes that share their memory share it. It only
 * allocates, and makes no other calls; the caller holds the lock of tracees.h.
 */
#pragma once

#include "abi.h"
#include "ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A page that scratch.c keeps: a known range while it is mapped. */
struct scratch {
	uint64_t page; /* 0: none */
	bool taken;
};

struct mm {
	unsigned users;	      /* processes */
	bool watched;	      /* they stop at each call (guard.h); for the main thread only */
	struct range *ranges; /* in order, without overlaps */
	size_t count;
	struct range *all; /* the memory of ranges: room for so many */
	size_t room;
	uint64_t reserved[2]; /* bytes of copies that are being made: in the spool, in memory */
	uint64_t generation;  /* counts additions: see mm_forget() */
	size_t purge_at;      /* at so many ranges, purge those that are gone (purge.h) */
	/* The lowest address given out of each part of the windows; 0: none yet. */
	uint64_t low[ABIS][2];
	struct scratch scratch[ABIS];
};

/*
 * Makes a space with one user; NULL if there is no memory. It is a fork of copied, or empty (NULL).
 */
struct mm *mm_new(const struct mm *copied);
void mm_drop(struct mm *mm);

/* Makes room for so many more ranges. False if there is no memory. */
bool mm_reserve(struct mm *mm, size_t more);

/*
 * Adds a range that was just mapped, and forgets what was known of these addresses. A range holds
 * its copy (copies.h). False, with nothing changed, if there is no memory.
 */
bool mm_add(struct mm *mm, const struct range *range);

/* Forgets what was added in [start, end) before that generation. */
void mm_forget(struct mm *mm, uint64_t start, uint64_t end, uint64_t generation);

/* Finds the first range that has addresses in [start, end). found gets the whole range. */
bool mm_find(const struct mm *mm, uint64_t start, uint64_t end, struct range *found);

/*
 * Finds room for length bytes in the window, in its part for copies or in the other one; 0 if there
 * is none. The caller gives back room that it does not use.
 */
uint64_t mm_place(struct mm *mm, const struct abi *abi, bool copy, uint64_t length);
void mm_give_back(struct mm *mm, const struct abi *abi, uint64_t start, uint64_t length);
