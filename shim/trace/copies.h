/* SPDX-License-Identifier: MIT */
/*
 * The copies of file parts that traced processes have mapped. Each keeps its backing open, so that
 * the next mapping of the same part is one of the same copy; counted against the limits of each
 * process that shows it. The caller holds the lock of tracees.h.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>

struct job;
struct mm;

struct copy {
	struct copied made;
	struct copy *next;
	unsigned holders; /* ranges of all address spaces, and who is at work with it */
	int fd;		  /* the backing, read-only */
	bool filling;	  /* being made: not to be used, but to be waited for */
};

/* A copy that shows the part, held; it may still be filling. NULL if there is none. */
struct copy *copies_find(const struct part *part);

/* A new one, filling, held; NULL if there is no memory. */
struct copy *copies_add(const struct part *part);

void copy_hold(struct copy *copy);
/* With its last holder it is gone, and its backing is closed. */
void copy_drop(struct copy *copy);

/* Whether a process with this space may have a copy of so many bytes more. */
bool copies_allow(const struct mm *mm, uint64_t bytes, bool in_memory);

/* True if that file is a copy which somebody has mapped. */
bool copies_have(struct identity file);

/*
 * buffer.c: a job for a forked child that has not run yet: closes what it has of its parent's
 * copies, before it does anything else (lent_begin()).
 */
void copies_take_back(struct job *job);
