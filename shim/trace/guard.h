/* SPDX-License-Identifier: MIT */
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
 * it is. Where no filter can be added (it has some of its own, which may not like that, may add
 * none, has no memory left, or shares it with another process) it is stopped at each call, which is
 * slow.
 */
void guard(struct job *job);

/* A page of the program's memory with these bytes in it; 0 with no errno if there is none. */
uint64_t scratch_open(struct job *job, const void *bytes, size_t size);
void scratch_close(struct job *job, uint64_t scratch);

/* True if the program has filters of its own: then it makes no call for us but mmap. */
bool has_filters_of_its_own(const struct job *job);

#endif
