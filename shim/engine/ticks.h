/* SPDX-License-Identifier: MIT */
/*
 * A clock that is read without a system call and without libc, whose functions a host may have
 * replaced: the counter of the processor. It may jump, for another thread or another machine.
 */
#pragma once

#include <stdint.h>

enum {
	TICKS_SHORT = 48,	/* a moment: a tenth of a second at 2 GHz, and where it is known */
	TICK_SHORTEST = 400000, /* nanoseconds that each takes at least, at 10 GHz */
};

/* About 2 milliseconds each. Always 0 on machines that have no such counter. */
static inline uint64_t ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc() >> 22; /* 1 to 10 GHz */
#elif defined(__aarch64__)
	uint64_t count, frequency;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	return frequency < 480 ? 0 : count / (frequency / 480);
#else
	return 0;
#endif
}
