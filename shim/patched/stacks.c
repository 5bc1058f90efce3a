/* SPDX-License-Identifier: MIT */
/*
 * The engine's stacks. One word tells which are in use; single atomic operations change it.
 */
#include "stacks.h"

#include "enter.h"
#include "kernel.h"

#include <linux/futex.h>
#include <linux/time_types.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum {
	PAGE = 4096,
	TRIES = 60 * 1000, /* milliseconds */
};

/* One more than needed, because the stacks are aligned to their size for errno (libc.c). */
static char room[(PATCHED_STACKS + 1) * PATCHED_STACK];

/*
 * A bit for each stack in use. In a separate page that the kernel wipes in a child of fork, because
 * the other threads do not exist there. A child of vfork shares it, like all memory.
 */
static union {
	_Atomic uint64_t word;
	char page[PAGE];
} used __attribute__((aligned(PAGE)));

static uintptr_t first(void)
{
	return ((uintptr_t)room + PATCHED_STACK - 1) & ~(uintptr_t)(PATCHED_STACK - 1);
}

static void *end_of(unsigned stack)
{
	return (void *)(first() + (stack + 1) * (uintptr_t)PATCHED_STACK - 64);
}

void *patched_first_stack(void)
{
	return end_of(0);
}

void stacks_begin(void)
{
	kernel(SYS_madvise, &used, sizeof(used), MADV_WIPEONFORK);
	kernel(SYS_madvise, first(), PATCHED_STACKS * (uintptr_t)PATCHED_STACK, MADV_DONTDUMP);
}

static void *take(void)
{
	uint64_t seen = atomic_load(&used.word);

	while (~seen) {
		unsigned stack = (unsigned)__builtin_ctzll(~seen);

		if (atomic_compare_exchange_weak(&used.word, &seen, seen | UINT64_C(1) << stack))
			return end_of(stack);
	}
	return NULL;
}

/*
 * Waits while all are in use: passed on, a call would fail that could be served, and one that
 * protects or moves a converted mapping could lose a write. Does not wait for ever: if the kernel
 * cannot wipe memory in a child of fork, the stacks of its missing threads stay taken.
 */
void *patched_take(struct signals *before)
{
	static const struct __kernel_timespec while_others_work = { 0, 1000000 };
	/* Sleeps by a system call that the engine also makes elsewhere (SECURITY.md). */
	static const uint32_t nobody_wakes = 0;

	for (int i = 0;; i++) {
		void *stack;

		signals_block(before);
		stack = take();
		if (stack)
			return stack;
		signals_restore(before);
		if (i == TRIES)
			return NULL;
		kernel(SYS_futex, &nobody_wakes, FUTEX_WAIT_PRIVATE, 0, &while_others_work);
	}
}

void patched_leave(uintptr_t stack, const struct signals *before)
{
	atomic_fetch_and(&used.word, ~(UINT64_C(1) << (stack - first()) / PATCHED_STACK));
	signals_restore(before);
}
