/* SPDX-License-Identifier: MIT */
/*
 * The traced threads and processes, as the tracer knows them.
 *
 * Threads and processes are the main thread's of the tracer. What workers (workers.h) look at as
 * well, address spaces and copies, is under the lock.
 */
#pragma once

#include "filter.h"
#include "log.h"
#include "mm.h"
#include "registers.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct job;
struct report;

struct process {
	struct process *next; /* of the same bucket */
	pid_t id;
	pid_t parent; /* whom it was taken to be forked from */
	unsigned threads;
	struct mm *mm;
	struct report *report; /* what is counted of it; NULL until then */
	struct stderr_at_load stderr_at_load;
	int pidfd;	       /* -1 until it is needed */
	bool guarding;	       /* is about to have filter_guard(); under the lock */
	bool guarded;	       /* has it, and no thread is in a call from before; under the lock */
	bool filters;	       /* may have filters of its own; under the lock */
	unsigned lending;      /* has so many copies open; under the lock */
	time_t lent;	       /* when it or its parent last had one; 0: never */
	unsigned stops;	       /* of all its threads */
	unsigned execs;	       /* of these */
};

/* A system call that a thread makes, or is to make. */
struct call {
	const struct abi *abi;
	int number;
	uint64_t arguments[6];
};

enum at {
	AT_NO_CALL,
	AT_ENTRY, /* it has entered call, which is not made yet */
	AT_EXIT,  /* it comes out of a call */
};

struct thread {
	struct thread *next; /* of the same bucket */
	pid_t id;
	struct process *process;

	int held; /* the signal of its first stop, where it waits for who made it; 0: it does not */

	/* For info.c alone, of its last stop: */
	bool filtering; /* by a filter */
	bool inside;	/* the next one by PTRACE_SYSCALL is at the end of a call */

	/* While it is stopped for a call: */
	enum at at;
	bool filtered;		    /* by all filters: else its own may still look at the call */
	struct call call;	    /* its own */
	struct registers registers; /* as they were at its entry */

	/* While a job is at work on it: */
	struct job *job;
	bool calling; /* it makes a call for the job */
	bool masked;  /* its signals are blocked until the job is done */
	uint64_t mask; /* what they were */
	bool group_stop; /* it ran on in a group-stop, to which it must return */
	int held_signal; /* to be sent again; 0: none */
	bool born; /* it has descriptors of its own, from who made it, and has not run yet */
	bool gone;

	/* Of a filter that its process was given meanwhile, until it stops: */
	bool unsettled; /* it may be in a call that the filter has not seen */
	bool awaited;	/* the same, and settle() waits for it */
};

struct thread *thread_find(pid_t id);

/* A thread that the kernel has told of by a stop of its own; NULL if it is gone already. */
struct thread *thread_adopt(pid_t id);

/*
 * The same, known by an event of the thread that made it; NULL if it is gone. A thread that stopped
 * before that is held until then: it may have memory of a process that is not its parent.
 */
struct thread *thread_made(struct thread *maker, pid_t id);

/* The process sets a filter of its own, which it and what it makes keep for ever. */
void process_filters(struct process *process);

/* It may not have filter_guard(), whatever the process that made it has. */
void process_needs_guard(struct process *process);

/* One that is held; NULL: none is. */
struct thread *thread_held(void);

/* It has ended. If a job is at work on it, it is only marked: that will end it. */
void thread_end(struct thread *thread);

/* It has executed another program: it is the only one of its process now, with new memory. */
void thread_execed(struct thread *thread);

/*
 * A filter was added to the process of this thread: the others that have its memory are unsettled,
 * and are made to stop soon.
 */
void threads_unsettle(const struct thread *except);

/* The id of one that settle() waits for; 0: none. */
pid_t threads_awaited(const struct mm *mm);

/* For address spaces and copies. */
void tracees_lock(void);
void tracees_unlock(void);
/* Lets others in until one of them wakes all who wait. */
void tracees_wait(void);
void tracees_wake(void);

/*
 * Around the time in which the process has a copy open, to map it (buffer.c): before it opens, when
 * it has closed. A child that another of its threads forks just then would keep the descriptor, and
 * the copy's memory, for life.
 */
void lent_begin(struct process *process);
void lent_end(struct process *process);

/* Whether such a child, which has not run yet, is to be looked at (copies_take_back()). */
bool lent_to(const struct process *process);

/* Short files of /proc with lines "KEY: NUMBER": status, fdinfo. */
struct keyed {
	char text[4096];
};

/* Reads what there is room for, behind a newline. False if the file cannot be opened. */
bool keyed_read(struct keyed *keyed, const char *file);

/* The number behind key ("\nTgid:": not the first line's) in that base; otherwise if it lacks. */
long keyed_number(const struct keyed *keyed, const char *key, int base, long otherwise);
