/* SPDX-License-Identifier: MIT */
/*
 * The system calls of the programs that can be traced, by the ABI that a call was made in: their
 * numbers, and the window of addresses that converted mappings and copies are put into, so that the
 * kernel's filter (filter.h) can tell calls that concern them from all others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct abi {
	uint32_t audit;		/* AUDIT_ARCH_... as seccomp(2) and ptrace(2) tell it */
	bool wide;		/* has pointers of 64 bits */
	unsigned offset_shift;	/* unit of mmap's offset: 12 for mmap2 */
	uint32_t foreign_calls; /* numbers from here on are another ABI's (x32); 0: none */
	int mmap, munmap, mprotect, pkey_mprotect, mremap, madvise, openat, close, seccomp, prctl,
		ptrace, clone, clone3, vfork, exit_group;
	/*
	 * Whole units of 4 GiB where wide. In front of copies are converted mappings, which may be
	 * unmapped without a stop: the kernel puts nothing there that was not asked for by address.
	 * Where it does, or the room is too small for two parts, copies begin with the window.
	 */
	uint64_t window, copies, window_end;
};

enum { ABIS = 2 };

/* Those of this machine; a free place has audit 0. */
extern const struct abi abis[ABIS];

/* NULL if calls of that kind are never looked at. */
const struct abi *abi_of(uint32_t audit);

/*
 * A quarter at each end of the window stays empty, so that no call from below reaches what is
 * there, unless it is for at least so many bytes, and so that it has room to grow.
 */
uint64_t abi_margin(const struct abi *abi);

/* True if the first filter (filter.h) sees each call that could concern a mapping there. */
bool abi_is_watched(const struct abi *abi, uint64_t address);
