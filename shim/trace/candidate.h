/* SPDX-License-Identifier: MIT */
/*
 * Acts on a call that the filter stopped.
 */
#pragma once

#include "mapping.h"
#include "workers.h"

/*
 * Asks the kernel about a mapping by trying it in this process: one page of call with these flags
 * and the file fd, at any address. Returns 0 or the errno.
 */
int candidate_probe(const struct mapping *call, int flags, int fd);

/* Returns the job for the call; NULL if the thread makes it unchanged, without a job. */
void (*candidate_job(struct thread *thread, enum stop why))(struct job *job);
