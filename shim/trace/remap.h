/* SPDX-License-Identifier: MIT */
/*
 * mremap(2) of what is converted or copied, in a traced program.
 */
#ifndef PRIVMAP_REMAP_H
#define PRIVMAP_REMAP_H

#include "jobs.h"

/* The job for such a call. */
void remap(struct job *job);

#endif
