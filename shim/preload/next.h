/* SPDX-License-Identifier: MIT */
/*
 * The calls we interpose, as the next library in line has them: libc, or another interposer that
 * must see our calls as it would have seen the program's. Before next_find() ran, and for what no
 * library has, the raw system call. These set errno as libc does.
 */
#pragma once

#include "mapping.h"
#include "protect.h"

#include <stddef.h>

/* Looks the functions up; once, from the constructor. */
void next_find(void);

void *next_mmap(const struct mapping *call);
int next_munmap(void *addr, size_t length);
void *next_mremap(void *old, size_t old_length, size_t length, int flags, void *addr);
int next_mprotect(void *addr, size_t length, int prot);
int next_pkey_mprotect(void *addr, size_t length, int prot, int pkey);

static inline int next_protect(void *addr, size_t length, int prot, int key)
{
	if (key == PROTECT_NO_KEY)
		return next_mprotect(addr, length, prot);
	return next_pkey_mprotect(addr, length, prot, key);
}
