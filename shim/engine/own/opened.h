/* SPDX-License-Identifier: MIT */
/*
 * The engine's descriptors in a process that may fork. A child of fork(3) must not keep them, nor
 * the memory of the copies that they keep alive, for the rest of its life. Close-on-exec helps only
 * a child that executes a program.
 *
 * A fork waits while a descriptor is open for some microseconds, and a thread that opens or closes
 * one waits for a fork, because the kernel copies the table of descriptors before memory. The list
 * here has the descriptors that are open while a copy is read; the child closes those. Children
 * that are made without fork(3) (clone(2), _Fork(3)) get all that is open.
 */
#pragma once

#include "snapshot.h"

/*
 * Call these around opening and closing. Both sides wait a second or two at most, in case the other
 * one is killed or waits for them. Any thread; takes no lock that a child could find locked.
 */
void opened_begin(void);
void opened_end(void);

struct opened; /* one descriptor in the list */

/*
 * Call these between the two above. file: what stat(2) shows of fd. NULL if there is no room: then
 * a child keeps the descriptor. opened_forget() accepts NULL.
 */
struct opened *opened_add(int fd, struct identity file);
void opened_forget(struct opened *opened);

/* For pthread_atfork(3). */
void opened_before_fork(void);
void opened_in_parent(void);
void opened_in_child(void);
