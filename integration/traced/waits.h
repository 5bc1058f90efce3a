/* SPDX-License-Identifier: MIT */
/*
 * Shared by the programs that wait in calls which end with EINTR if a handler runs. Each program
 * has one call more, which it makes itself.
 */
#ifndef PRIVMAP_WAITS_H
#define PRIVMAP_WAITS_H

#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EPOLL, SEMAPHORE, SIGNAL, OTHER, WAITS };

/* What the calls wait for. */
struct awaited {
	int event, semaphore, signal;
};

/* Makes a call before OTHER, and waits without a limit. Negative with an errno on failure. */
static inline long wait_in(int call, const struct awaited *awaited)
{
	struct epoll_event what = { .events = EPOLLIN };
	struct sembuf take = { .sem_op = -1 };
	sigset_t alone;

	if (call == EPOLL)
		return syscall(SYS_epoll_pwait, awaited->event, &what, 1, -1, NULL, 0);
	if (call == SEMAPHORE)
		return syscall(SYS_semtimedop, awaited->semaphore, &take, 1, NULL);
	sigemptyset(&alone);
	sigaddset(&alone, awaited->signal);
	return sigwaitinfo(&alone, NULL);
}

#endif
