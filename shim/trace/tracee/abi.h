/* SPDX-License-Identifier: MIT */
/*
 * The ABIs of system calls of programs that can be traced: the numbers of the calls, and the
 * window, the addresses for converted mappings and copies. By the window, the kernel's filter
 * (filter.h) tells calls that concern them from all others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct abi {
	uint32_t audit;		/* AUDIT_ARCH_... as seccomp(2) and ptrace(2) tell it */
	bool wide;		/* pointers have 64 bits */
	unsigned offset_shift;	/* unit of mmap's offset: 12 for mmap2 */
	uint32_t foreign_calls; /* numbers from here on belong to another ABI (x32); 0: none */
	int mmap, munmap, mprotect, pkey_mprotect, mremap, madvise, openat, close, seccomp, prctl,
		ptrace, clone, clone3, vfork, exit_group;
	/*
	 * Whole units of 4 GiB where wide. Converted mappings lie below copies. They may be
	 * unmapped without a stop: the kernel puts no other mapping there unless a program asks for
	 * the address. Where the kernel does, or where the window is too small for two parts,
	 * copies begins with the window.
	 */
	uint64_t window, copies, window_end;
};

enum { ABIS = 2 };

/* The ABIs of this machine, of which there are ABIS; an unused place has audit 0. */
const struct abi *abi_all(void);

/*
 * Chooses windows where the kernel has addresses; highest is one near their end, of a stack. To be
 * called before anything uses them, and before there is another thread.
 */
void abi_fit(uint64_t highest);

/* NULL if privmap never looks at calls of that ABI. */
const struct abi *abi_of(uint32_t audit);

/*
 * The size of the parts at both ends of the window that stay empty, a quarter of it each. A call
 * from below needs at least so many bytes to reach a mapping in the window, and mappings have room
 * to grow.
 */
uint64_t abi_margin(const struct abi *abi);

/* True if the first filter (filter.h) sees each call that could concern a mapping there. */
bool abi_is_watched(const struct abi *abi, uint64_t address);
