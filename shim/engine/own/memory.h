/* SPDX-License-Identifier: MIT */
/*
 * The library's memory, at addresses where no program looks for room: addresses that a program has
 * unmapped must stay free for it. It does not count against the limit on data segments
 * (RLIMIT_DATA), because the file mappings that need it do not either. Zeroed, whole pages. Leaves
 * errno alone; any number of threads and signal handlers may call all of this.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * For variables that every start of a program writes. Keeps them together, in the order in which
 * their files are linked (Makefile), because each page that is touched costs a fault.
 */
#define AT_START __attribute__((section(".bss.at_start")))

/* Memory for a while. NULL if there is none. */
void *memory_borrow(size_t size);
void memory_give_back(void *memory, size_t size);

/*
 * An address for a temporary mapping of that many bytes, as a hint for mmap(2), which may choose
 * another. NULL if any address is as good. memory_leave() gives the place back after the unmapping.
 */
void *memory_place(size_t size);
void memory_leave(void *place, size_t size);

/*
 * Memory until the process ends. If the kernel gives none (RLIMIT_AS), it comes from a reserve
 * until that is used up. NULL if there is none.
 */
void *memory_kept(size_t size);

/* Makes a file in memory without a name (memfd_create(2)): a descriptor or -errno. */
long memory_file(const char *name, unsigned flags);

/*
 * Memory that a child of fork does not inherit, for state of threads that do not exist in the
 * child; children of vfork share it. *known points to it; it is made if *known is NULL or was the
 * parent's. Returns NULL if there is none.
 *
 * The kernel wipes it in the child (MADV_WIPEONFORK). Where the kernel cannot (gVisor, Linux before
 * 4.14), the child does not get these pages (MADV_DONTFORK), and each call here asks the kernel
 * whether they exist. So nobody may keep the address beyond a fork.
 */
void *memory_wiped(_Atomic(void *) *known, size_t size);

/* The same without making it: NULL if it does not exist. */
void *memory_wiped_there(_Atomic(void *) *known);
