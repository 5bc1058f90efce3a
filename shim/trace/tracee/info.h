/* SPDX-License-Identifier: MIT */
/*
 * At which point of which system call a thread has stopped.
 *
 * The kernel says so (PTRACE_GET_SYSCALL_INFO, Linux 5.3). Where it does not, as in gVisor, the
 * registers say which call it is, and what was seen before says whether it begins or ends.
 */
#pragma once

#include "tracees.h"

#include <stdbool.h>
#include <sys/ptrace.h>

#define INFO_NEEDS                                                                                 \
	"PTRACE_GET_SYSCALL_INFO is needed (Linux 5.3), or PTRACE_GETREGS and PTRACE_GETEVENTMSG"

/*
 * Finds out which of the two is to be asked, of any tracee. A kernel says it of one that has
 * stopped, a filter that forbids it also of another. False: there is neither.
 */
bool info_learn(pid_t tracee, bool has_stopped);

/* To be told of every stop, before info_get(): by signal, or event (PTRACE_EVENT_...), or both. */
void info_stopped(struct thread *thread, int signal, int event);

/* To be told that the call which the thread has entered is not made (registers_skip()). */
void info_skipped(struct thread *thread);

/* Of a thread that has stopped for a call. False if it is gone. */
bool info_get(const struct thread *thread, struct __ptrace_syscall_info *info);

/* The ABI of the call that a thread has stopped in, at any stop. NULL: none that we know. */
const struct abi *info_abi(const struct thread *thread);
