/* SPDX-License-Identifier: MIT */
/*
 * The ABIs of this machine.
 *
 * The windows are far from the addresses that kernels, linkers, Go (0xc000000000) and sanitizers
 * choose.
 */
#include "abi.h"

#include <linux/audit.h>
#include <stddef.h>

#define WIDE_WINDOW                                                                                \
	.window = UINT64_C(0x200000000000), .copies = UINT64_C(0x20a000000000),                    \
	.window_end = UINT64_C(0x210000000000)

/*
 * Some kernels for aarch64 have addresses of 39 bits, for example those of Raspberry Pis. They map
 * from 0x2000000000 upwards, Go from 0x4000000000, AddressSanitizer from 0x1000000000 to the
 * former.
 */
enum { NARROW_BITS = 39 };
#define NARROW_WINDOW                                                                              \
	.window = UINT64_C(0x800000000), .copies = UINT64_C(0xd00000000),                          \
	.window_end = UINT64_C(0x1000000000)

/*
 * The headers of one ABI lack the numbers of another one. These are from the kernel's
 * arch/x86/entry/syscalls and include/uapi/asm-generic/unistd.h.
 */
/* clang-format off */
#if defined(__x86_64__)
#define ABIS_WITH(WINDOW) \
	{ \
	{ .audit = AUDIT_ARCH_X86_64, .wide = true, .foreign_calls = 0x40000000, \
	  .mmap = 9, .munmap = 11, .mprotect = 10, .pkey_mprotect = 329, .mremap = 25, \
	  .madvise = 28, .openat = 257, .close = 3, .seccomp = 317, .prctl = 157, \
	  .clone = 56, .clone3 = 435, .vfork = 58, .ptrace = 101, .exit_group = 231, \
	  WINDOW }, \
	{ .audit = AUDIT_ARCH_I386, .offset_shift = 12, \
	  .mmap = 192, .munmap = 91, .mprotect = 125, .pkey_mprotect = 380, .mremap = 163, \
	  .madvise = 219, .openat = 295, .close = 6, .seccomp = 354, .prctl = 172, \
	  .clone = 120, .clone3 = 435, .vfork = 190, .ptrace = 26, .exit_group = 252, \
	  .window = UINT64_C(0x80000000), .copies = UINT64_C(0x80000000), \
	  .window_end = UINT64_C(0xc0000000) }, \
	}
#elif defined(__aarch64__)
/* There is no vfork(2). */
#define ABIS_WITH(WINDOW) \
	{ \
	{ .audit = AUDIT_ARCH_AARCH64, .wide = true, \
	  .mmap = 222, .munmap = 215, .mprotect = 226, .pkey_mprotect = 288, .mremap = 216, \
	  .madvise = 233, .openat = 56, .close = 57, .seccomp = 277, .prctl = 167, \
	  .clone = 220, .clone3 = 435, .vfork = -1, .ptrace = 117, .exit_group = 94, \
	  WINDOW }, \
	}
#else
#define ABIS_WITH(WINDOW) { 0 }
#endif
/* clang-format on */

static const struct abi wide[ABIS] = ABIS_WITH(WIDE_WINDOW);
static const struct abi narrow[ABIS] = ABIS_WITH(NARROW_WINDOW);

/* Set before there is a tracer or another thread. */
static bool is_narrow;

void abi_fit(uint64_t highest)
{
	is_narrow = !(highest >> NARROW_BITS);
}

const struct abi *abi_all(void)
{
	return is_narrow ? narrow : wide;
}

const struct abi *abi_of(uint32_t audit)
{
	const struct abi *abis = abi_all();

	for (int i = 0; i < ABIS; i++)
		if (abis[i].audit && abis[i].audit == audit)
			return &abis[i];
	return NULL;
}

uint64_t abi_margin(const struct abi *abi)
{
	return (abi->window_end - abi->window) / 4;
}

bool abi_is_watched(const struct abi *abi, uint64_t address)
{
	return address >= abi->window + abi_margin(abi) && address < abi->window_end;
}
