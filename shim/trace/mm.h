/* SPDX-License-Identifier: MIT */
/*
 * What is known of the addresses of a traced process: which are private in place of shared, and
 * which show a copy. It may know converted ranges of the window that are gone (filter.h), but not
 * where something else has come. Shared by all processes that share their memory (threads are of
 * one process anyway). Pure but for memory; whoever calls holds the lock of tracees.h.
 */
#pragma once

#include "abi.h"
#include "ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A page that is kept for scratch.c: known as a range while it is there. */
struct scratch {
	uint64_t page; /* 0: none */
	bool taken;
};

struct mm {
	unsigned users;	      /* processes */
	bool watched;	      /* they stop at each call (guard.h); the main thread's */
	struct range *ranges; /* in order, without overlaps */
	size_t count;
	struct range *all; /* the memory that they lie in, of so many */
	size_t room;
	uint64_t reserved[2]; /* bytes of copies that are being made: in the spool, in memory */
	uint64_t generation;  /* counts what was added: see mm_forget() */
	size_t purge_at;      /* so many ranges are looked through for what is gone (purge.h) */
	/* The lowest address given out of each part of the windows; 0: none yet. */
	uint64_t low[ABIS][2];
	struct scratch scratch[ABIS];
};

/* With one user; NULL if there is no memory. copied: a fork of that space; NULL: an empty one. */
struct mm *mm_new(const struct mm *copied);
void mm_drop(struct mm *mm);

/* Room for so many ranges more. False if there is no memory. */
bool mm_reserve(struct mm *mm, size_t more);

/*
 * Adds a range just mapped, for which the table forgets what it knew of these addresses. A copy is
 * held by its ranges (copies.h). False, and nothing changed, if there is no memory.
 */
bool mm_add(struct mm *mm, const struct range *range);

/* Forgets what was added in [start, end) before that moment. */
void mm_forget(struct mm *mm, uint64_t start, uint64_t end, uint64_t generation);

/* The first range that has addresses in [start, end), whole. */
bool mm_find(const struct mm *mm, uint64_t start, uint64_t end, struct range *found);

/*
 * Room for length bytes in the window, in its part for copies or the other one; 0 if there is none
 * left. Given back if it is not used.
 */
uint64_t mm_place(struct mm *mm, const struct abi *abi, bool copy, uint64_t length);
void mm_give_back(struct mm *mm, const struct abi *abi, uint64_t start, uint64_t length);
