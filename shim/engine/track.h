/* SPDX-License-Identifier: MIT */
/*
 * Passes calls on and updates the table of ranges for what they unmap, move or replace. Each
 * answers exactly as engine.h's call of that name does, errno included.
 */
#pragma once

#include "mapping.h"

/* A mapping that may replace others. */
void *track_mmap(const struct mapping *call);
int track_munmap(void *addr, size_t length);

/* Also ENOMEM where what moves could not be known at its new place, or would outgrow its copy. */
void *track_mremap(void *old, size_t old_length, size_t length, int flags, void *addr);
