/* SPDX-License-Identifier: MIT */
/*
 * Locks that cannot hang the program: see lock.h.
 */
#include "lock.h"

#include "kernel.h"

#include <signal.h>

void signals_block(struct signals *before)
{
	kernel_block_signals(before->blocked);
}

void signals_restore(const struct signals *before)
{
	kernel_restore_signals(before->blocked);
}

/* An empty list inside the lock; all threads that use it at the same time write the same values. */
static struct robust_list_head *list_of(struct lock *lock)
{
	struct robust_list_head *list = &lock->list;

	__atomic_store_n(&list->list.next, &list->list, __ATOMIC_RELAXED);
	__atomic_store_n(&list->list_op_pending, (struct robust_list *)(void *)&lock->holder,
			 __ATOMIC_RELAXED);
	return list;
}

/*
 * Makes the kernel look at the lock when this thread ends. True if it would have anyway, because
 * the thread took the lock before and has not released it.
 */
static bool name(struct lock *lock, struct lock_held *held)
{
	struct robust_list_head *list;
	struct robust_list *link;
	size_t size;
	bool named;

	held->named = NULL;
	if (kernel(SYS_get_robust_list, 0, &list, &size))
		return false;
	if (!list || list == &lock->list) {
		named = list != NULL;
		if (!kernel(SYS_set_robust_list, list_of(lock), sizeof(lock->list)))
			held->named = &lock->list;
		return named;
	}
	/* The kernel adds the offset of a mutex's word to a link. */
	link = (struct robust_list *)((uintptr_t)&lock->holder - (uintptr_t)list->futex_offset);
	named = list->list_op_pending == link;
	if (!list->list_op_pending || named) {
		list->list_op_pending = link;
		held->named = list;
	}
	return named;
}

static void unname(const struct lock *lock, const struct lock_held *held)
{
	if (held->named == &lock->list)
		kernel(SYS_set_robust_list, NULL, sizeof(lock->list));
	else if (held->named)
		held->named->list_op_pending = NULL;
}

/* Sleeps until the holder may have let go. The kernel wakes only shared waits of a dead one. */
static void wait_for(struct lock *lock, uint32_t seen)
{
	uint32_t waiters = seen | FUTEX_WAITERS;

	if (seen == waiters || atomic_compare_exchange_strong(&lock->holder, &seen, waiters))
		kernel(SYS_futex, &lock->holder, FUTEX_WAIT, waiters, NULL);
}

static bool all_were_blocked(const struct signals *before)
{
	return (before->blocked[0] | KERNEL_OWN_SIGNALS | KERNEL_SIGNAL(SIGKILL) |
		KERNEL_SIGNAL(SIGSTOP)) == ~UINT64_C(0);
}

/*
 * Whether this thread, which has taken the lock and not released it, still uses it, below a handler
 * that runs now. Otherwise it has left by siglongjmp(3), which restores the signals: then the stack
 * frame of the holder is gone, or has been overwritten.
 */
static bool is_below(const struct lock *lock, const struct lock_held *held)
{
	const struct lock_held *holders = atomic_load(&lock->held);
	stack_t stack = { .ss_flags = 0 };

	if (held->own_signals && !all_were_blocked(&held->signals))
		return false;
	kernel(SYS_sigaltstack, NULL, &stack);
	return stack.ss_flags & SS_ONSTACK ||
	       ((uintptr_t)holders > (uintptr_t)held && holders->lock == lock);
}

bool lock_take(struct lock *lock, struct lock_held *held, bool blocked)
{
	uint32_t self, mine;
	bool named;

	held->own_signals = !blocked;
	if (!blocked)
		signals_block(&held->signals);
	self = mine = (uint32_t)kernel(SYS_gettid);
	named = name(lock, held);
	for (;;) {
		uint32_t seen = atomic_load(&lock->holder);
		uint32_t holder = seen & FUTEX_TID_MASK;

		if (named && holder == self) {
			if (is_below(lock, held)) {
				if (held->own_signals)
					signals_restore(&held->signals);
				return false;
			}
			holder = 0;
		}
		/* The lock is free, or its holder has died, or this thread has left it. */
		if (!holder) {
			if (atomic_compare_exchange_strong(&lock->holder, &seen,
							   mine | (seen & FUTEX_WAITERS)))
				break;
		} else {
			wait_for(lock, seen);
			/* Others may sleep, too: a thread that slept wakes the next one. */
			mine |= FUTEX_WAITERS;
		}
	}
	held->lock = lock;
	atomic_store(&lock->held, held);
	return true;
}

void lock_release(const struct lock_held *held)
{
	struct lock *lock = held->lock;

	if (atomic_exchange(&lock->holder, 0) & FUTEX_WAITERS)
		kernel(SYS_futex, &lock->holder, FUTEX_WAKE, 1);
	unname(lock, held);
	if (held->own_signals)
		signals_restore(&held->signals);
}
