/* SPDX-License-Identifier: MIT */
/*
 * The locks of the library: taken to change the table of ranges, and while a copy is made. They
 * may be taken inside malloc, in a signal handler, and in a child of fork, vfork or clone.
 *
 * All signals are blocked while one is held, so that no handler of its holder wants it. All but
 * those that a thread brings upon itself: the kernel kills a thread that blocks these, and the
 * SIGSYS handler of a sandbox must run whatever is forbidden. A handler that runs in here does not
 * get the lock that its own thread holds. If it left by siglongjmp(3), the thread takes that over.
 *
 * A lock lies in memory that a child of fork does not inherit (memory.h), while children of vfork
 * and clone(CLONE_VM), which share the memory, see it as it is.
 *
 * Such a child may die while it holds a lock. Nobody else can ask whether it has: it may be a
 * zombie, whose id is still taken, or of another pid namespace, where its id is another's. So the
 * kernel itself is told, as for the mutexes that pthread_mutexattr_setrobust(3) makes: a thread
 * names the lock in its robust list (get_robust_list(2)) before it takes it, and the kernel marks
 * it and wakes who waits when that thread ends, however it ends. That needs no /proc and no
 * descriptor. The list has one place for this: a thread holds one lock at a time, and a robust
 * mutex that the program is taking when a handler interrupts it comes first. For that long the lock
 * goes without, as it does where a filter forbids these calls.
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
	_Atomic uint32_t holder; /* 0: free; else as futex(2) tells: thread id, FUTEX_WAITERS */
	_Atomic(const struct lock_held *) held; /* the holder's; stays when it lets go */
	struct robust_list_head list; /* for threads without one: it names this lock alone */
};

/* Lives on the holder's stack. */
struct lock_held {
	struct lock *lock;
	struct signals signals;
	bool own_signals;		/* they were blocked by lock_take() */
	struct robust_list_head *named; /* where the kernel finds the lock; NULL: nowhere */
};

/*
 * blocked: all signals are already; else they are blocked until it is released. False, and nothing
 * taken, if this thread holds the lock below a handler.
 */
bool lock_take(struct lock *lock, struct lock_held *held, bool blocked);
void lock_release(const struct lock_held *held);
