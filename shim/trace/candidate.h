/* SPDX-License-Identifier: MIT */
/*
 * What is done about a call that the filter stopped.
 */
#ifndef PRIVMAP_TRACE_CANDIDATE_H
#define PRIVMAP_TRACE_CANDIDATE_H

#include "workers.h"

/* The job for it; NULL: it is to be made as it is, and nothing needs to be known of it. */
void (*candidate_job(struct thread *thread, enum stop why))(struct job *job);

#endif
