/* SPDX-License-Identifier: MIT */
/*
 * Copies that are open in a program for the moments in which it maps them (buffer.c). A child that
 * another of its threads forks just then would keep such a descriptor, and the copy's memory, for
 * life: it closes it before it does anything else.
 */
#ifndef PRIVMAP_LENT_H
#define PRIVMAP_LENT_H

#include "tracees.h"
#include "workers.h"

#include <stdbool.h>

/* Around the time in which the process has one open: before it opens, when it has closed. */
void lent_begin(struct process *process);
void lent_end(struct process *process);

/* The lock is held. What a child that has just been forked from parent may have got. */
void lent_inherit(struct process *child, const struct process *parent);

/*
 * Whether a new process may have got some, and in a table of descriptors that is not its maker's,
 * which is stopped in the call that has made it.
 */
bool lent_files(const struct thread *maker, const struct thread *made);

/* Whether such a process, which has not run yet, is to be looked at; and that, by a job. */
bool lent_to(const struct process *process);
void lent_take_back(struct job *job);

#endif
