/* SPDX-License-Identifier: MIT */
/*
 * Learns which files that were not served are read afterwards by the programs that wanted to map
 * them (watch.h), and marks them in the record.
 */
#pragma once

#include "record.h"

/* Before the command starts: listens, and says so in the record. Returns a descriptor; -1 on
 * failure. */
int reads_listen(struct record *record);

/*
 * In the parent of the command: a thread receives and watches until reads_end(), which marks all
 * that is known.
 */
void reads_begin(struct record *record, int listener);
void reads_end(void);
