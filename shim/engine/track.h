/* SPDX-License-Identifier: MIT */
/*
 * Passes calls on and updates the table of ranges for what they unmap, move or replace. Each
 * returns exactly what the call of that name in engine.h returns, with its errno.
 */
#pragma once

#include "mapping.h"

/* For a mapping that may replace others. */
void *track_mmap(const struct mapping *call);
int track_munmap(void *addr, size_t length);

/* Also ENOMEM if the table has no room for moved ranges, or one would outgrow its copy. */
void *track_mremap(void *old, size_t old_length, size_t length, int flags, void *addr);
