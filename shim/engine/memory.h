/* SPDX-License-Identifier: MIT */
/*
 * Memory of the library's own, where no program looks for room: what a program has unmapped must
 * stay free for it. It counts against no limit on data segments (RLIMIT_DATA), because the file
 * mappings that it is for do not. Zeroed, whole pages; errno is untouched, and any number of
 * threads and signal handlers may call all of this.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * For what every program's start writes: with other data, and not wherever zeros would lie, for
 * each page that is touched costs a fault.
 */
#define AT_START __attribute__((section(".data")))

/* For a while. NULL if there is none. */
void *memory_borrow(size_t size);
void memory_give_back(void *memory, size_t size);

/*
 * Where a mapping of that many bytes, which is not to stay, can be: an address that mmap(2) is to
 * be asked for, though it may choose another. NULL if any is as good. To be left once it is gone.
 */
void *memory_place(size_t size);
void memory_leave(void *place, size_t size);

/*
 * Until the process ends: also where it may have no more memory at all (RLIMIT_AS), out of a
 * reserve, until that is used up. NULL if there is none.
 */
void *memory_kept(size_t size);

/* A file in memory, without a name (memfd_create(2)): a descriptor or -errno. */
long memory_file(const char *name, unsigned flags);

/*
 * Memory that a child of fork does not inherit, for what belongs to threads that are not in the
 * child; children of vfork share it as it is. It is what *known points to, and made if that is NULL
 * or was the parent's. NULL if there is none.
 *
 * The kernel wipes it in the child (MADV_WIPEONFORK). Where it does not know how (gVisor, Linux
 * before 4.14), the child does not get these pages (MADV_DONTFORK), and each call asks the kernel
 * whether they are there: so nobody may keep the address beyond a fork.
 */
void *memory_wiped(_Atomic(void *) *known, size_t size);

/* The same, but not made: NULL if it is not there. */
void *memory_wiped_there(_Atomic(void *) *known);
