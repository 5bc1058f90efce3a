/* SPDX-License-Identifier: MIT */
/*
 * The interposed calls in the next library: libc, or another interposer, which must see privmap's
 * calls as it would have seen the program's. Before next_find(), and for functions that no library
 * has, the raw system call. They set errno as libc does. engine_mmap(), engine_munmap() and
 * engine_mprotect() (engine.h) work the same way.
 */
#pragma once

#include "engine.h"

#include <stddef.h>

/* Looks the functions up. For the constructor, once. */
void next_find(void);

void *next_mremap(void *old, size_t old_length, size_t length, int flags, void *addr);
int next_mprotect(void *addr, size_t length, int prot);
int next_pkey_mprotect(void *addr, size_t length, int prot, int pkey);
