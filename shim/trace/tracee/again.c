/* SPDX-License-Identifier: MIT */
/*
 * The kernel drops a signal that has no effect, such as SIGCHLD by default, when it is sent; but
 * not if its receiver is traced, because the tracer is to see it (sig_ignored() in
 * kernel/signal.c). So it interrupts calls. The kernel itself restarts most of them, but some
 * return EINTR at once, and programs that have no handlers do not expect that.
 */
#include "again.h"

#include "info.h"
#include "registers.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Linux 5.11; an argument follows that may have a time. */
#ifndef IORING_ENTER_EXT_ARG
#define IORING_ENTER_EXT_ARG 8
#endif

enum limit {
	NO_LIMIT,
	IF_NULL,     /* the argument is a time */
	IF_NEGATIVE, /* the argument is in milliseconds */
	IF_PLAIN,    /* the argument is flags of io_uring_enter(2) */
};

struct waiting {
	int number;
	unsigned argument;
	enum limit limit;
};

/*
 * On other machines than x86, the registers at such a stop lack the first argument, and do not show
 * whether the thread leaves a call.
 */
#if defined(__x86_64__)
static const struct waiting of_x86_64[] = {
	{ 232, 3, IF_NEGATIVE }, /* epoll_wait */
	{ 281, 3, IF_NEGATIVE }, /* epoll_pwait */
	{ 441, 3, IF_NULL },	 /* epoll_pwait2 */
	{ 65, 0, NO_LIMIT },	 /* semop */
	{ 220, 3, IF_NULL },	 /* semtimedop */
	{ 128, 2, IF_NULL },	 /* rt_sigtimedwait */
	{ 208, 4, IF_NULL },	 /* io_getevents */
	{ 426, 3, IF_PLAIN }, /* io_uring_enter, which has submitted nothing if it returns EINTR */
	{ -1, 0, NO_LIMIT },
};
static const struct waiting of_i386[] = {
	{ 256, 3, IF_NEGATIVE }, /* epoll_wait */
	{ 319, 3, IF_NEGATIVE }, /* epoll_pwait */
	{ 441, 3, IF_NULL },	 /* epoll_pwait2 */
	{ 420, 3, IF_NULL },	 /* semtimedop_time64 */
	{ 177, 2, IF_NULL },	 /* rt_sigtimedwait */
	{ 421, 2, IF_NULL },	 /* rt_sigtimedwait_time64 */
	{ 247, 4, IF_NULL },	 /* io_getevents */
	{ 426, 3, IF_PLAIN },	 /* io_uring_enter */
	{ -1, 0, NO_LIMIT },
};
#else
static const struct waiting of_x86_64[] = { { -1, 0, NO_LIMIT } };
static const struct waiting of_i386[] = { { -1, 0, NO_LIMIT } };
#endif

static bool waits_without_limit(const struct abi *abi, int number, const uint64_t arguments[6])
{
	const struct waiting *waiting = abi->audit == AUDIT_ARCH_X86_64 ? of_x86_64 : of_i386;

	for (; waiting->number >= 0; waiting++) {
		uint64_t limit = arguments[waiting->argument];

		if (waiting->number != number)
			continue;
		if (waiting->limit == IF_NEGATIVE)
			return (int32_t)limit < 0;
		if (waiting->limit == IF_PLAIN)
			return !(limit & IORING_ENTER_EXT_ARG);
		return waiting->limit == NO_LIMIT || !limit;
	}
	return false;
}

static uint64_t mask(const struct keyed *status, const char *key)
{
	return (uint64_t)keyed_number(status, key, 16, 0);
}

/* SIGCONT has no effect by default, but the stop before it has interrupted the call, too. */
static bool has_effect(const struct keyed *status, int signal)
{
	const uint64_t bit = UINT64_C(1) << (signal - 1);
	bool acts_by_default = signal != SIGCHLD && signal != SIGURG && signal != SIGWINCH;

	return signal == SIGCONT || (!(mask(status, "\nSigIgn:") & bit) &&
				     (acts_by_default || mask(status, "\nSigCgt:") & bit));
}

static bool is_disturbed(pid_t thread, int signal)
{
	struct keyed status;
	char name[40];

	snprintf(name, sizeof(name), "/proc/%d/status", thread);
	if (!keyed_read(&status, name) || !strstr(status.text, "\nSigCgt:"))
		return true;
	return (signal && has_effect(&status, signal)) ||
	       ((mask(&status, "\nSigPnd:") | mask(&status, "\nShdPnd:")) &
		~mask(&status, "\nSigBlk:"));
}

void again(const struct thread *thread, int signal)
{
	struct registers registers;
	const struct abi *abi;
	uint64_t arguments[6];
	int number;

	if (!registers_get(thread->id, &registers) ||
	    (int32_t)registers_result(&registers) != -EINTR)
		return;
	abi = info_abi(thread);
	if (!abi)
		return;
	registers_call(&registers, abi, &number, arguments);
	if (!waits_without_limit(abi, number, arguments) || is_disturbed(thread->id, signal))
		return;
	registers_repeat(&registers, abi, number, arguments);
	registers_set(thread->id, &registers);
}
