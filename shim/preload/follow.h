/* SPDX-License-Identifier: MIT */
/*
 * Calls that are passed on, with the table of ranges kept true to what they unmap, move or
 * replace. Each answers exactly as the next library does, errno included.
 */
#pragma once

#include "mapping.h"

void *follow_mmap(const struct mapping *call);
int follow_munmap(void *addr, size_t length);
void *follow_mremap(void *old, size_t old_length, size_t length, int flags, void *addr);

/* protect() of protect.h: for calls whose prot has PROT_WRITE or PROT_EXEC. */
int follow_mprotect(void *addr, size_t length, int prot, int key);
