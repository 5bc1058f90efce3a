/* SPDX-License-Identifier: MIT */
/*
 * The copies of file parts that traced processes have mapped. Each keeps its backing open, so that
 * the next mapping of the same part shows the same copy. A copy counts against the limits of each
 * process that maps it. The caller holds the lock of tracees.h.
 */
#pragma once

#include "snapshot.h"

#include <stdbool.h>

struct job;
struct mm;

struct copy {
	struct copied made;
	struct copy *next;
	unsigned holders; /* the ranges of all address spaces, and jobs that use it */
	int fd;		  /* the backing, read-only */
	bool filling;	  /* being made: wait for it */
};

/* Finds a copy of the part, and holds it; it may still be filling. NULL if there is none. */
struct copy *copies_find(const struct part *part);

/* Adds a new copy, filling and held. NULL if there is no memory. */
struct copy *copies_add(const struct part *part);

void copy_hold(struct copy *copy);
/* The last holder frees the copy and closes its backing. */
void copy_drop(struct copy *copy);

/* True if a process with this space may have another copy of so many bytes. */
bool copies_allow(const struct mm *mm, uint64_t bytes, bool in_memory);

/* True if that file is the backing of a copy in the list. */
bool copies_have(struct identity file);

/*
 * In buffer.c. A job for a forked child that has not run yet: closes the copies that it inherited
 * as open descriptors, before it does anything else (lent_begin()).
 */
void copies_take_back(struct job *job);
