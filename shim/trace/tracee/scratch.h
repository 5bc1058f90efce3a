/* SPDX-License-Identifier: MIT */
/*
 * A page in a traced program's memory, for data that the calls which it makes for us point to. In a
 * worker.
 */
#pragma once

#include "workers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Returns a page with these bytes in it, for this job alone until scratch_close(); 0 with no errno
 * if there is none.
 */
uint64_t scratch_open(struct job *job, const void *bytes, size_t size);
void scratch_close(struct job *job, uint64_t scratch);

/* Notes that the program no longer has an open page. Call it before scratch_close(). */
void scratch_lost(struct job *job, uint64_t scratch);

/* Writes into a page. False on failure. */
bool scratch_write(const struct job *job, uint64_t to, const void *bytes, size_t size);
