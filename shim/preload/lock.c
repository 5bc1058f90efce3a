/*
 * Locks, and why they cannot hang their host: see lock.h.
 */
#include "lock.h"

#include "kernel.h"

#include <signal.h>

#define SIGNAL(number) (UINT64_C(1) << (number) >> 1)

/* What a thread brings upon itself. */
#define OWN                                                                                        \
	(SIGNAL(SIGILL) | SIGNAL(SIGTRAP) | SIGNAL(SIGBUS) | SIGNAL(SIGFPE) | SIGNAL(SIGSEGV) |    \
	 SIGNAL(SIGSYS))

/* libc keeps these two for itself: whoever blocks all signals by libc does not block them. */
#define OF_LIBC (SIGNAL(32) | SIGNAL(33))

bool signals_block(struct signals *before)
{
	static const uint64_t all[2] = { ~OWN, ~UINT64_C(0) };

	before->blocked[0] = 0;
	kernel(SYS_rt_sigprocmask, SIG_SETMASK, all, before->blocked, KERNEL_SIGNALS);
	return (before->blocked[0] & OF_LIBC) != OF_LIBC;
}

void signals_restore(const struct signals *before)
{
	kernel(SYS_rt_sigprocmask, SIG_SETMASK, before->blocked, NULL, KERNEL_SIGNALS);
}

/* Both ends of the list lie in the lock; all who use it at once write the same. */
static struct robust_list_head *list_of(struct lock *lock)
{
	struct robust_list_head *list = &lock->list;

	__atomic_store_n(&list->list.next, &list->list, __ATOMIC_RELAXED);
	__atomic_store_n(&list->list_op_pending, (struct robust_list *)(void *)&lock->holder,
			 __ATOMIC_RELAXED);
	return list;
}

/*
 * Has the kernel look at the lock when this thread ends. True if it would have already: the thread
 * took the lock before and has not released it.
 */
static bool name(struct lock *lock, struct lock_held *held)
{
	struct robust_list_head *list = NULL;
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
	/* To what is linked the kernel adds the offset of a mutex's word. */
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

/* Sleeps until the holder seen may have let go. The kernel wakes who waits as the shared kind. */
static void wait_for(struct lock *lock, uint32_t seen)
{
	uint32_t waiters = seen | FUTEX_WAITERS;

	if (seen == waiters || atomic_compare_exchange_strong(&lock->holder, &seen, waiters))
		kernel(SYS_futex, &lock->holder, FUTEX_WAIT, waiters, NULL);
}

bool lock_take(struct lock *lock, struct lock_held *held, bool signals)
{
	bool alone = !signals || signals_block(&held->signals);
	uint32_t self = (uint32_t)kernel(SYS_gettid);
	uint32_t mine = self;
	bool named = name(lock, held);

	held->own_signals = signals;
	for (;;) {
		uint32_t seen = atomic_load(&lock->holder);
		uint32_t holder = seen & FUTEX_TID_MASK;

		/* Free, or its holder has died, or this thread has left it by siglongjmp(3). */
		if (!holder || (holder == self && named && alone)) {
			if (atomic_compare_exchange_strong(&lock->holder, &seen,
							   mine | (seen & FUTEX_WAITERS)))
				return true;
		} else if (holder == self && !alone) {
			break;
		} else {
			wait_for(lock, seen);
			/* Others may sleep as well: who slept wakes the next one. */
			mine |= FUTEX_WAITERS;
		}
	}
	if (!named)
		unname(lock, held);
	if (signals)
		signals_restore(&held->signals);
	return false;
}

void lock_release(struct lock *lock, const struct lock_held *held)
{
	if (atomic_exchange(&lock->holder, 0) & FUTEX_WAITERS)
		kernel(SYS_futex, &lock->holder, FUTEX_WAKE, 1);
	unname(lock, held);
	if (held->own_signals)
		signals_restore(&held->signals);
}
