/* SPDX-License-Identifier: MIT */
/*
 * What the engine has open in the table of a process that others fork from: a child of fork(3) must
 * not keep it for life, nor the memory of a copy behind it. Close-on-exec helps only a child that
 * executes something.
 *
 * A fork waits while a descriptor is open for some microseconds, and who opens or closes one waits
 * for a fork: the kernel copies the table of descriptors first and memory later. What is open while
 * a copy is read is known by its number, and closed in the child. Children that are made without
 * fork(3) (clone(2), _Fork(3)) get what is open.
 */
#pragma once

#include "snapshot.h"

/*
 * Around what opens or closes. Both sides wait a second or two at most, where the other one is
 * killed or waits for them. Any thread; no lock is taken that a child could find locked.
 */
void opened_begin(void);
void opened_end(void);

struct opened; /* one that is known */

/*
 * Within the two above. file: as stat(2) tells it of fd. NULL if there is no room, which
 * opened_forget() takes as well: then a child keeps it.
 */
struct opened *opened_add(int fd, struct identity file);
void opened_forget(struct opened *opened);

/* For pthread_atfork(3). */
void opened_before_fork(void);
void opened_in_parent(void);
void opened_in_child(void);
