/* SPDX-License-Identifier: MIT */
/*
 * A clock that needs neither a system call nor libc, whose functions a program may have replaced:
 * the counter of the processor. It may jump between threads, and on another machine.
 */
#pragma once

#include <stdint.h>

enum {
	TICKS_SHORT = 48,	/* a moment: 0.1 s at 2 GHz, or at a known frequency */
	TICK_SHORTEST = 400000, /* nanoseconds of the shortest tick, at 10 GHz */
};

/* Ticks of about 2 milliseconds. Always 0 on machines without such a counter. */
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
