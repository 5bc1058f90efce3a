/* SPDX-License-Identifier: MIT */
/*
 * System calls that a stopped thread is made to make for a job: the tracer's main thread's side.
 */
#pragma once

#include "mapping.h"
#include "tracees.h"

/*
 * The call that a thread has entered, as the filter's stop shows it, or one of its own where it
 * stops at each. False if it is gone, its ABI is none that we know, or the call no concern of ours.
 */
bool inject_look(struct thread *thread, enum stop *why);

/*
 * Of a thread that has stopped for having made another: whether the two share their memory, where
 * the kernel does not compare it (kcmp(2)).
 */
bool inject_shares_memory(const struct thread *maker);

/*
 * At the first stop of a new process, which comes out of the call that has made it: a job may have
 * it make others. False if not.
 */
bool inject_look_at_birth(struct thread *thread);

/* What a call of mmap(2) asks for; fd is a number of the program's. */
struct mapping inject_mapping(const struct call *call);

/* Has it make the call that its job wants; the job is answered when it is made. */
void inject_begin(struct thread *thread);

/*
 * A stop of a thread that makes a call (calling): by signal, or event (PTRACE_EVENT_...), or both
 * (ptrace(2)). The thread has been made to go on, or the job been answered.
 */
void inject_stopped(struct thread *thread, int signal, int event);

/* The call that the thread has entered becomes what thread->call says now. */
void inject_change(struct thread *thread);

/* The call that the thread has entered is not made when it goes on, and returns result. */
void inject_skip(struct thread *thread, int64_t result);

/* The thread goes on with its job's result, as if there had been nothing else. */
void inject_end(struct thread *thread);
