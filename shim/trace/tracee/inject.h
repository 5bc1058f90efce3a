/* SPDX-License-Identifier: MIT */
/*
 * Makes stopped threads make system calls for jobs. For the tracer's main thread.
 */
#pragma once

#include "mapping.h"
#include "tracees.h"

/*
 * Looks at the call that a thread has entered, at a stop by the filter or by PTRACE_SYSCALL. False
 * if the thread is gone, its ABI is unknown, or the call does not concern us.
 */
bool inject_look(struct thread *thread, enum stop *why);

/*
 * For a thread that has stopped because it made another one: true if the two share their memory.
 * For kernels without kcmp(2).
 */
bool inject_shares_memory(const struct thread *maker);

/*
 * For the first stop of a new process, at the end of the call that made it: prepares it to make
 * calls for a job. False if it cannot.
 */
bool inject_look_at_birth(struct thread *thread);

/* Describes a call of mmap(2); fd is a descriptor of the program. */
struct mapping inject_mapping(const struct call *call);

/* Makes the thread make the call that its job wants. The job gets the answer when the call ends. */
void inject_begin(struct thread *thread);

/*
 * Handles a stop of a thread that makes a call (calling), by signal, or event (PTRACE_EVENT_...),
 * or both (ptrace(2)): the thread goes on, or the job gets its answer.
 */
void inject_stopped(struct thread *thread, int signal, int event);

/* Replaces the call that the thread has entered with thread->call. */
void inject_change(struct thread *thread);

/* Skips the call that the thread has entered: it returns result. */
void inject_skip(struct thread *thread, int64_t result);

/* Prepares the thread to go on with its job's result, as if it had made no other call. */
void inject_end(struct thread *thread);
