/* SPDX-License-Identifier: MIT */
/*
 * Learns which files that were not served are read afterwards by the programs that wanted to map
 * them (watch.h), and marks them in the record.
 */
#pragma once

#include "record.h"

/* Before the command is there: listens, and says so in the record. A descriptor, -1 if it cannot.
 */
int reads_listen(struct record *record);

/* In the parent of the command, by a thread, from then on, until all that is known is marked. */
void reads_begin(struct record *record, int listener);
void reads_end(void);
