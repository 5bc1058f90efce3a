/* SPDX-License-Identifier: MIT */
/*
 * Sees the threads of a process out of the system calls that they were in.
 *
 * A filter stops calls that are entered after it was added. A thread can have entered one before,
 * wait in the kernel for a lock or a processor, and change a mapping only when ours is made. So a
 * mapping that the new filter is for waits until every other thread has been seen since.
 */
#ifndef PRIVMAP_SETTLE_H
#define PRIVMAP_SETTLE_H

#include "workers.h"

/*
 * For a worker: returns when no thread that has the memory of the job's thread is in a call that
 * changes mappings and that it had entered before. Gives up after ten seconds.
 */
void settle(struct job *job);

/* For the main thread: the worker asks. Returns the id of a thread that is not seen yet, or 0. */
pid_t settle_next(struct job *job);

#endif
