/* SPDX-License-Identifier: MIT */
/*
 * Ranges that are gone without a stop (filter.h) leave the table.
 */
#pragma once

#include "workers.h"

/* Forgets what the process of this worker's job does not have any more: all of it is read once. */
void purge(void);

/*
 * The same, if the table has grown to twice what it was after the last time: so the table and what
 * it costs to look through it stay in proportion to what there is.
 */
void purge_grown(struct job *job);
