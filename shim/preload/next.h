/* SPDX-License-Identifier: MIT */
/*
 * The calls we interpose, as the next library in line has them: libc, or another interposer that
 * must see our calls as it would have seen the program's. Before next_find() ran, and for what no
 * library has, the raw system call. These set errno as libc does. engine_mmap(), engine_munmap()
 * and engine_mprotect() (engine.h) are such as well.
 */
#pragma once

#include "engine.h"

#include <stddef.h>

/* Looks the functions up; once, from the constructor. */
void next_find(void);

void *next_mremap(void *old, size_t old_length, size_t length, int flags, void *addr);
int next_mprotect(void *addr, size_t length, int prot);
int next_pkey_mprotect(void *addr, size_t length, int prot, int pkey);
