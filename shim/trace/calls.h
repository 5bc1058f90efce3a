/*
 * System calls that a stopped thread is made to make for a job: the tracer's main thread's side.
 */
#ifndef PRIVMAP_CALLS_H
#define PRIVMAP_CALLS_H

#include "tracees.h"

/* The call that a thread has entered, as the filter's stop shows it. False if it is gone, or if its
 * ABI is none that we know. */
bool calls_look(struct thread *thread, enum stop *why);

/* Has it make the call that its job wants; the job is answered when it is made. */
void calls_begin(struct thread *thread);

/*
 * A stop of a thread that makes a call (calling): by signal, or event (PTRACE_EVENT_...), or both
 * (ptrace(2)). The thread has been made to go on, or the job been answered.
 */
void calls_stopped(struct thread *thread, int signal, int event);

/* The thread goes on with its job's result, as if there had been nothing else. */
void calls_end(struct thread *thread);

#endif
