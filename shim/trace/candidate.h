/* SPDX-License-Identifier: MIT */
/*
 * Acts on a call that the filter stopped.
 */
#pragma once

#include "workers.h"

/* The job for it; NULL: it is to be made as it is, and nothing needs to be known of it. */
void (*candidate_job(struct thread *thread, enum stop why))(struct job *job);
