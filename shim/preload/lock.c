/*
 * Locks, and why they cannot hang their host: see lock.h. Called by ranges.c and copies.c; the
 * signals also by refused.c and verify.c.
 */
#include "lock.h"

#include "kernel.h"

#include <linux/futex.h>
#include <signal.h>

enum {
	LOCK_WAITERS = 1 << 30,	     /* futex(2): thread ids have 30 bits at most */
	DOUBT_NS = 50 * 1000 * 1000, /* sleep that long, then ask whether the holder still lives */
};

/* Any thread of that id will do: a process that shares our memory (vfork) may hold the lock. */
static int thread_is_gone(uint32_t thread)
{
	return kernel(SYS_tkill, thread, 0) == -ESRCH;
}

/* Sleeps until the holder seen may have let go; frees the lock if it died. */
static void wait_for(struct lock *lock, uint32_t seen)
{
	const word doubt[2] = { 0, DOUBT_NS }; /* struct timespec of this system call */
	uint32_t waiters = seen | LOCK_WAITERS;

	if (seen != waiters && !atomic_compare_exchange_strong(&lock->holder, &seen, waiters))
		return;
	if (kernel(SYS_futex, &lock->holder, FUTEX_WAIT_PRIVATE, waiters, doubt) == -ETIMEDOUT &&
	    thread_is_gone(waiters & ~(uint32_t)LOCK_WAITERS))
		atomic_compare_exchange_strong(&lock->holder, &waiters, 0);
}

void signals_block(struct lock_held *held)
{
	static const uint64_t all[2] = { ~UINT64_C(0), ~UINT64_C(0) };

	kernel(SYS_rt_sigprocmask, SIG_SETMASK, all, held->signals, KERNEL_SIGNALS);
}

void signals_restore(const struct lock_held *held)
{
	kernel(SYS_rt_sigprocmask, SIG_SETMASK, held->signals, NULL, KERNEL_SIGNALS);
}

void lock_take(struct lock *lock, struct lock_held *held)
{
	uint32_t mine;

	if (held)
		signals_block(held);
	mine = (uint32_t)kernel(SYS_gettid);
	for (;;) {
		uint32_t seen = 0;

		if (atomic_compare_exchange_strong(&lock->holder, &seen, mine))
			return;
		wait_for(lock, seen);
		mine |= LOCK_WAITERS; /* others may sleep as well: who slept wakes the next one */
	}
}

void lock_release(struct lock *lock, const struct lock_held *held)
{
	if (atomic_exchange(&lock->holder, 0) & LOCK_WAITERS)
		kernel(SYS_futex, &lock->holder, FUTEX_WAKE_PRIVATE, 1);
	if (held)
		signals_restore(held);
}
