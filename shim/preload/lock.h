/* SPDX-License-Identifier: MIT */
/*
 * The locks of the library, for changing the table of ranges and for making a copy. They may be
 * taken inside malloc, in a signal handler, and in a child of fork, vfork or clone.
 *
 * The holder of a lock blocks all signals, so that none of its handlers wants the lock. It does not
 * block the signals that its own instructions raise: the kernel kills a thread that blocks those,
 * and the SIGSYS handler of a sandbox must run for a forbidden call. Such a handler does not get
 * the lock that its own thread holds. If the handler leaves by siglongjmp(3), the thread can take
 * the lock again.
 *
 * A lock is in memory that a child of fork does not inherit (memory.h). Children of vfork and
 * clone(CLONE_VM) share the memory and see the lock.
 *
 * Such a child may die while it holds a lock. Nobody else can find that out: it may be a zombie,
 * whose id is still taken, or in another pid namespace, where its id means another thread. So the
 * kernel does it, as for the mutexes of pthread_mutexattr_setrobust(3): a thread names the lock in
 * its robust list (get_robust_list(2)) before it takes the lock, and when the thread ends in any
 * way, the kernel marks the lock and wakes a waiter. That needs no /proc and no descriptor. The
 * list has one entry for this, so a thread holds one lock at a time. A robust mutex that the
 * program is taking when a handler interrupts it keeps the entry. Then the lock is not named, as
 * where a filter forbids these calls.
 */
#pragma once

#include "signals.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct lock_held;

/* Starts as zeros. */
struct lock {
	_Atomic uint32_t holder; /* 0: free; else as in futex(2): thread id, FUTEX_WAITERS */
	_Atomic(const struct lock_held *) held; /* the holder's; stays after the release */
	struct robust_list_head list; /* for threads without a list; names this lock alone */
};

/* Lives on the holder's stack. */
struct lock_held {
	struct lock *lock;
	struct signals signals;
	bool own_signals;		/* lock_take() blocked them */
	struct robust_list_head *named; /* the list that names the lock; NULL: none */
};

/*
 * blocked: the caller has blocked all signals; else lock_take() blocks them until the release.
 * False, and nothing taken, if this thread holds the lock below a handler.
 */
bool lock_take(struct lock *lock, struct lock_held *held, bool blocked);
void lock_release(const struct lock_held *held);
