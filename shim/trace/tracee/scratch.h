/* SPDX-License-Identifier: MIT */
/*
 * A page of a traced program's memory for what the calls that it makes for us point to. In a
 * worker.
 */
#pragma once

#include "workers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A page with these bytes in it, for the job alone until it is closed; 0 with no errno if there is
 * none.
 */
uint64_t scratch_open(struct job *job, const void *bytes, size_t size);
void scratch_close(struct job *job, uint64_t scratch);

/* Of an open one that the program does not have any more: before it is closed. */
void scratch_lost(struct job *job, uint64_t scratch);

/* Writes into one. False if that cannot be. */
bool scratch_write(const struct job *job, uint64_t to, const void *bytes, size_t size);
