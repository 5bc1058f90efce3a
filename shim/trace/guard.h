/*
 * The second filter of a traced process, for which no address is too far, and what is needed to put
 * it there.
 */
#ifndef PRIVMAP_GUARD_H
#define PRIVMAP_GUARD_H

#include "jobs.h"

#include <stddef.h>

/*
 * Makes sure that the job's process is stopped for each call that could concern a mapping, wherever
 * it is. False if that cannot be: it has filters of its own, which may not like the call that adds
 * one, or shares its memory with another process.
 */
bool guard(struct job *job);

/* A page of the program's memory with these bytes in it; 0 with no errno if there is none. */
uint64_t scratch_open(struct job *job, const void *bytes, size_t size);
void scratch_close(struct job *job, uint64_t scratch);

/* True if the program has filters of its own: then it makes no call for us but mmap. */
bool has_filters_of_its_own(const struct job *job);

#endif
