/* SPDX-License-Identifier: MIT */
/*
 * Jobs: work on a stopped thread that may take long, because it asks file servers. Workers, which
 * are threads of the tracer, do it, so that all other tracees go on meanwhile; one of them may be
 * that server. Only the main thread may use ptrace(2): it makes the calls that a worker wants.
 */
#pragma once

#include "kernel.h"
#include "tracees.h"

#include <errno.h>
#include <pthread.h>

struct job {
	struct job *next; /* in a queue */
	struct thread *thread; /* stopped, AT_BEGIN of thread->call */
	void (*run)(struct job *job);
	bool has_result; /* set by run(): the call returns result; else it is made */
	int64_t result;
	bool settling; /* for the main thread only: settle() has begun */

	/* Between worker and main thread: */
	struct call wanted;
	bool done, answered;
	int64_t answer;
	pthread_cond_t change;
};

/* --- for the main thread --- */

/* Opens the descriptor that wakes the main thread, which polls it for reading. -1 on failure. */
int jobs_open(void);

/*
 * Starts the first worker. Later, the processes of the command may leave no room for one
 * (RLIMIT_NPROC).
 */
void jobs_prepare(void);

/* Starts the job. False if no worker can be started. */
bool jobs_start(struct thread *thread, void (*run)(struct job *job));

/* Returns the next job that wants a call, or is done; NULL if there is none now. */
struct job *jobs_next(void);
unsigned jobs_running(void);

/* In place of a call's number: the job wants job_watch() or job_settle(). */
enum { JOB_WATCH = -1, JOB_SETTLE = -2 };

/* Passes on what the call returned. */
void jobs_answer(struct job *job, int64_t answer);
void jobs_end(struct job *job);

/* --- for workers --- */

/* Returns the job of this worker; NULL in the main thread. */
struct job *job_mine(void);

/*
 * Makes the job's thread make a system call, with its signals blocked. Returns the call's result,
 * or -ESRCH if the thread is gone.
 */
int64_t job_call(struct job *job, int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		 uint64_t e, uint64_t f);

/* From now on, all threads that share memory with the job's thread stop at each call. */
void job_watch(struct job *job);

/*
 * Runs settle_next() (guard.h) in the main thread. waits is a thread that waits in a call which
 * changes no mapping; 0: none is known.
 */
pid_t job_settle(struct job *job, pid_t waits);

/* The same for the thread's own call, unchanged. Its answer becomes the job's result. */
int64_t job_call_own(struct job *job);

/* Sets what the job's call returns, from what a libc function would return. */
static inline void job_returns(struct job *job, intptr_t libc_result)
{
	job->has_result = true;
	job->result = libc_result == -1 ? -errno : libc_result;
}
