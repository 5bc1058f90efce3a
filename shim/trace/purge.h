/* SPDX-License-Identifier: MIT */
/*
 * Removes ranges from the table that were unmapped without a stop (filter.h).
 */
#pragma once

#include "workers.h"

/* Forgets all ranges that the process of this worker's job no longer has. Reads its maps once. */
void purge(void);

/*
 * The same, if the table has doubled since the last purge. So the size of the table, and the cost
 * of purges, stay in proportion to the number of mappings.
 */
void purge_grown(struct job *job);
