/* SPDX-License-Identifier: MIT */
/*
 * Tells at which point of which system call a thread has stopped.
 *
 * The kernel says so (PTRACE_GET_SYSCALL_INFO, Linux 5.3). Where it does not, as in gVisor, the
 * registers show the call, and the stops before show whether it begins or ends.
 */
#pragma once

#include "tracees.h"

#include <stdbool.h>
#include <sys/ptrace.h>

#define INFO_NEEDS                                                                                 \
	"PTRACE_GET_SYSCALL_INFO is needed (Linux 5.3), or PTRACE_GETREGS and PTRACE_GETEVENTMSG"

/*
 * Finds out from any tracee which of the two works. A tracee that has not stopped tells only that a
 * filter forbids the request. False if neither works.
 */
bool info_learn(pid_t tracee, bool has_stopped);

/*
 * Takes note of a stop, by signal, or event (PTRACE_EVENT_...), or both. Call it at every stop,
 * before info_get().
 */
void info_stopped(struct thread *thread, int signal, int event);

/*
 * Takes note that the kernel will not make the call which the thread has entered
 * (registers_skip()).
 */
void info_skipped(struct thread *thread);

/* Describes the call for which a thread has stopped. False if the thread is gone. */
bool info_get(const struct thread *thread, struct __ptrace_syscall_info *info);

/*
 * True if PTRACE_SINGLESTEP from the instruction that enters such a call is known to stop the
 * thread right after it: on Linux, for x86-64. Other systems and machines were not tried.
 */
bool info_steps(const struct abi *abi);

/* Returns the ABI of the call in which a thread has stopped, at any stop; NULL if unknown. */
const struct abi *info_abi(const struct thread *thread);
