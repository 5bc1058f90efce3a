/* SPDX-License-Identifier: MIT */
/*
 * The second filter of a traced process, for which no address is too far, and what is needed to put
 * it there.
 */
#pragma once

#include "workers.h"

/*
 * Makes sure that the job's process is stopped for each call that could concern a mapping, wherever
 * it is. Where no filter can be added (it has some of its own, which may not like that, may add
 * none, has no memory left, or shares it with another process) it is stopped at each call, which is
 * slow.
 */
void guard(struct job *job);

/* True if the program has filters of its own: then it makes no call for us but mmap. */
bool has_filters_of_its_own(const struct job *job);

/*
 * For the main thread: which thread of the job's memory is not seen yet since the filter was added;
 * its id, or 0.
 */
pid_t settle_next(struct job *job);
