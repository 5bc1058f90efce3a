/* SPDX-License-Identifier: MIT */
/*
 * Work on a stopped thread that may take long, because it asks file servers. Workers, which are
 * threads of the tracer, do it, so that all other tracees go on meanwhile; one of them may be that
 * server. ptrace(2) wants the main thread: a worker has it do what concerns the stopped thread.
 */
#pragma once

#include "kernel.h"
#include "tracees.h"

#include <errno.h>
#include <pthread.h>

struct job {
	struct job *next; /* in a queue */
	struct thread *thread; /* stopped, AT_ENTRY of thread->call */
	void (*run)(struct job *job);
	bool has_result; /* set by run(): its call returns result; else it is made as it is */
	int64_t result;
	bool settling; /* the main thread's: settle() has begun */

	/* Between worker and main thread: */
	struct call wanted;
	bool done, answered;
	int64_t answer;
	pthread_cond_t change;
};

/* --- for the main thread --- */

/* Opens what wakes the main thread: a descriptor to poll for reading. -1: no. */
int jobs_open(void);

/* Has it done. False if there are no workers to be had. */
bool jobs_start(struct thread *thread, void (*run)(struct job *job));

/* The next job that wants a call to be made, or is done; NULL: none now. */
struct job *jobs_next(void);
unsigned jobs_running(void);

/* In place of a call's number: it wants job_watch() or job_settle(). */
enum { JOB_WATCH = -1, JOB_SETTLE = -2 };

/* What the call returned. */
void jobs_answer(struct job *job, int64_t answer);
void jobs_end(struct job *job);

/* --- for workers --- */

/* The job of this worker. */
struct job *job_mine(void);

/*
 * Has the job's thread make a system call, with its signals blocked; returns what it returned, or
 * -ESRCH if the thread is gone.
 */
int64_t job_call(struct job *job, int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		 uint64_t e, uint64_t f);

/* From now on all threads that share the memory of the job's stop at each call. */
void job_watch(struct job *job);

/* Has settle_next() (guard.h) done: waits is in no call that it waits for; 0: none is known. */
pid_t job_settle(struct job *job, pid_t waits);

/* As job_call(): its own call, as it is. That is its result, too. */
int64_t job_call_own(struct job *job);

/* What the job's own call returns, of what libc's functions do. */
static inline void job_returns(struct job *job, intptr_t libc_result)
{
	job->has_result = true;
	job->result = libc_result == -1 ? -errno : libc_result;
}
