/* SPDX-License-Identifier: MIT */
/*
 * Adds the second filter, which looks at all addresses, to a traced process.
 */
#pragma once

#include "workers.h"

/*
 * Makes the job's process stop for each call that could concern a mapping at any address. If no
 * filter can be added (the process has set filters, which might kill it for our calls; it may add
 * none; it has no memory left, or shares it with another process), it stops at each call, which is
 * slow.
 */
void guard(struct job *job);

/* True if the program has set filters: then it makes no call for us but mmap. */
bool has_filters_of_its_own(const struct job *job);

/*
 * For the main thread: returns the id of a thread with the job's memory that has not stopped since
 * the filter was added, or 0.
 */
pid_t settle_next(struct job *job);
