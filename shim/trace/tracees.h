/* SPDX-License-Identifier: MIT */
/*
 * The traced threads and processes, as the tracer knows them.
 *
 * Only the main thread of the tracer uses the tables of threads and processes. Workers (workers.h)
 * use address spaces and copies as well, which the lock guards.
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
	struct process *next; /* in the same bucket */
	pid_t id;
	pid_t parent; /* the process that forked it, as far as known */
	unsigned threads;
	struct mm *mm;
	struct report *report; /* NULL until something is counted */
	struct stderr_at_load stderr_at_load;
	int pidfd;	       /* -1 until it is needed */
	bool guarding;	       /* is about to have filter_guard(); under the lock */
	bool guarded;	  /* has it, and no thread is in an older call; under the lock */
	bool filters;	  /* may have set filters itself; under the lock */
	unsigned lending; /* the number of copies that it has open; under the lock */
	time_t lent;	  /* when it or its parent last had one open; 0: never */
	unsigned stops;	       /* of all its threads */
	unsigned execs;	  /* stops for exec */
};

/* A system call that a thread has entered, or that it is made to make. */
struct call {
	const struct abi *abi;
	int number;
	uint64_t arguments[6];
};

enum at {
	AT_NO_CALL,
	AT_BEGIN, /* it has entered call, and the kernel has not run it yet */
	AT_EXIT,  /* it leaves a call */
};

struct thread {
	struct thread *next; /* in the same bucket */
	pid_t id;
	struct process *process;

	int held; /* waits for its maker: the signal of its first stop; 0: it does not wait */

	/* For info.c alone, about its last stop: */
	bool filtering; /* a filter caused it */
	bool inside;	/* the next stop by PTRACE_SYSCALL is at the end of a call */

	/* While it is stopped for a call: */
	enum at at;
	bool filtered;		    /* all filters have seen the call: else its own may follow */
	struct call call;	    /* the call that it has entered itself */
	struct registers registers; /* as they were at its entry */

	/* While a job is at work on it: */
	struct job *job;
	bool calling; /* it makes a call for the job */
	bool masked;  /* its signals are blocked until the job is done */
	uint64_t mask; /* what they were */
	bool steps;    /* the job's calls end by SIGTRAP (PTRACE_SINGLESTEP) */
	bool group_stop; /* it must return to a group-stop, which the job interrupted */
	int held_signal; /* to be sent again; 0: none */
	bool born;	 /* it has copied its maker's descriptors, and has not run yet */
	bool gone;

	/* Until its next stop, after a filter was added to its process: */
	bool unsettled; /* it may be in a call that the filter has not seen */
	bool awaited;	/* the same, and settle() waits for it to stop */
};

struct thread *thread_find(pid_t id);

/* Adds a thread whose first sign is its own stop; NULL if it is gone already. */
struct thread *thread_adopt(pid_t id);

/*
 * Adds a thread that an event of its maker shows; NULL if it is gone. A thread that stopped before
 * that event is held until then: its memory may be that of a process other than its parent.
 */
struct thread *thread_made(struct thread *maker, pid_t id);

/* Notes that the process sets a filter, which it and its descendants keep for ever. */
void process_filters(struct process *process);

/* Notes that the process may lack filter_guard(), even if the process that made it has it. */
void process_needs_guard(struct process *process);

/* Returns a held thread; NULL if there is none. */
struct thread *thread_held(void);

/*
 * Removes a thread that has ended. If it has a job, only marks it: the end of the job removes it.
 */
void thread_end(struct thread *thread);

/*
 * The thread has executed another program. It is now the only one of its process, with new memory.
 */
void thread_execed(struct thread *thread);

/*
 * A filter was added to the process of this thread. Marks the other threads with the same memory
 * unsettled, and makes them stop soon; not those for which is_settled (NULL: none) is true.
 */
void threads_unsettle(const struct thread *except, bool (*is_settled)(const struct thread *thread));

/* Returns the id of a thread that settle() waits for; 0: none. */
pid_t threads_awaited(const struct mm *mm);

/* The lock of address spaces and copies. */
void tracees_lock(void);
void tracees_unlock(void);
/* Releases the lock until another thread wakes all that wait. */
void tracees_wait(void);
void tracees_wake(void);

/*
 * Called before the process opens a copy to map it (buffer.c), and after it has closed the copy. A
 * child that another thread forks in between would keep the descriptor, and the copy's memory, for
 * life.
 */
void lent_begin(struct process *process);
void lent_end(struct process *process);

/* True if process, which has not run yet, may be such a child (copies_take_back()). */
bool lent_to(const struct process *process);

/* Short files of /proc with lines "KEY: NUMBER": status, fdinfo. */
struct keyed {
	char text[4096];
};

/* Reads as much as fits, after an added newline. False if the file cannot be opened. */
bool keyed_read(struct keyed *keyed, const char *file);

/*
 * Returns the number, or the mask of bits, after key (which begins with a newline) in that base;
 * otherwise if there is no key.
 */
long keyed_number(const struct keyed *keyed, const char *key, int base, long otherwise);
