/* SPDX-License-Identifier: MIT */
/*
 * Acts on a call that the filter stopped.
 */
#pragma once

#include "workers.h"

/* Returns the job for the call; NULL if the thread makes it unchanged, without a job. */
void (*candidate_job(struct thread *thread, enum stop why))(struct job *job);
