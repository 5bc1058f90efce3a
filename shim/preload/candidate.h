/* SPDX-License-Identifier: MIT */
/*
 * The way of one candidate: as asked -> refused? -> serve.h.
 */
#pragma once

#include "file.h"
#include "lock.h"
#include "mapping.h"

#include <stdbool.h>

/* A refused file, and the signals that are blocked from engine_begin() on. */
struct serving {
	struct file file; /* first: what the shared parts get */
	struct signals signals;
	bool blocked;
};

/* Of a file that is being served: engine_begin() has been said. */
static inline struct signals *blocked_for(const struct file *file)
{
	return &((struct serving *)file)->signals;
}

/*
 * Maps a candidate (mapping.h) as mmap(2) does. If the filesystem refuses it, what the rules say
 * is done; if that cannot be, the program gets the first errno. errno is untouched on success.
 */
void *candidate_map(const struct mapping *call);

/*
 * What becomes of a private candidate that the kernel has just failed with errno: a copy is mapped
 * if that errno refuses it and the rules want it. Else MAP_FAILED, errno as it was; on success it
 * is as before says.
 */
void *candidate_map_private(const struct mapping *call, int before);

/* Tells of one that is to be written (mapping.h), which the kernel has failed with errno. */
void candidate_written(const struct mapping *call);

/*
 * convert.c: whether the kernel refuses this call, learned at an address of its own choosing: a
 * MAP_FIXED call that is refused has already unmapped what was there (mmap(2)). 0 or the errno; 0
 * for what is no regular file.
 */
int convert_probe(const struct mapping *call);
