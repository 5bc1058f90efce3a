/*
 * The locks of the library: taken to change the table of ranges, and while a copy is made. They
 * may be taken inside malloc, in a signal handler, and in a child of fork, vfork or clone:
 *   - all signals are blocked while it is held, so that no handler of its holder can want it;
 *   - it lies in memory that the kernel wipes on fork (MADV_WIPEONFORK, Linux 4.14), so that a
 *     child never inherits it locked by a thread it does not have, while vfork children, which
 *     share the memory, see it as it is;
 *   - a holder that died (a vfork child killed at the wrong moment) is noticed and replaced.
 */
#ifndef PRIVMAP_LOCK_H
#define PRIVMAP_LOCK_H

#include <stdatomic.h>
#include <stdint.h>

/* 0: free; else the holder's thread id, with LOCK_WAITERS if somebody sleeps. Starts as 0. */
struct lock {
	_Atomic uint32_t holder;
};

/* What signals were blocked before, to be given back; lives on the holder's stack. */
struct lock_held {
	uint64_t signals[2];
};

/*
 * Blocks all signals, and lets them in again: for what a handler of the host must not leave half
 * done, by siglongjmp(3) or by being cancelled.
 */
void signals_block(struct lock_held *held);
void signals_restore(const struct lock_held *held);

/* held is NULL if all signals are blocked already. */
void lock_take(struct lock *lock, struct lock_held *held);
void lock_release(struct lock *lock, const struct lock_held *held);

#endif
