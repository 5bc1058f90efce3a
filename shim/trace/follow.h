/* SPDX-License-Identifier: MIT */
/*
 * Calls of a traced program that replace, move or protect what may be converted.
 */
#pragma once

#include "workers.h"

/* The job for such a call; NULL: it does not touch what is known of the process. */
void (*follow_job(struct thread *thread, enum stop why))(struct job *job);

/* An mmap that is left: made as it is, and what was known of its place is forgotten. */
void follow_mmap(struct job *job);
