/*
 * The system calls of the programs that can be traced, by the ABI that a call was made in: their
 * numbers, and the window of addresses that converted mappings are put into, so that the kernel's
 * filter (filter.h) can tell calls that concern them from all others.
 */
#ifndef PRIVMAP_ABI_H
#define PRIVMAP_ABI_H

#include <stdbool.h>
#include <stdint.h>

struct abi {
	uint32_t audit;		/* AUDIT_ARCH_... as seccomp(2) and ptrace(2) tell it */
	bool wide;		/* has pointers of 64 bits */
	unsigned offset_shift;	/* unit of mmap's offset: 12 for mmap2 */
	uint32_t foreign_calls; /* numbers from here on are another ABI's (x32); 0: none */
	int mmap, munmap, mprotect, pkey_mprotect, mremap, openat, close, seccomp, ptrace,
		exit_group;
	/* Used from its end downwards; all but its end stays empty, so that no call from below reaches
	 * what is there. Whole units of 4 GiB where wide. */
	uint64_t window, window_end;
};

enum { ABIS = 2 };

/* Those of this machine; a free place has audit 0. */
extern const struct abi abis[ABIS];

/* NULL if calls of that kind are never looked at. */
const struct abi *abi_of(uint32_t audit);

bool abi_in_window(const struct abi *abi, uint64_t address);

#endif
