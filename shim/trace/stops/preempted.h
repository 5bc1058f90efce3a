/* SPDX-License-Identifier: MIT */
/*
 * Filters that were there before privmap's may answer a call themselves, or make another process
 * answer it: then the kernel ignores ours (seccomp(2)). If they do so for mappings of files, the
 * program stops at each call instead, before any filter runs.
 */
#pragma once

#include "tracees.h"

/* In privmap itself, before it makes the tracer: notes whether there are older filters. */
void preempted_look(void);

/* In the process that becomes the program, with our filter: makes a mapping of each kind that the
 * filter stops. */
void preempted_try(void);

/* For the tracer's main thread: a candidate has stopped; the program begins. */
void preempted_seen(const struct call *call);
void preempted_begins(void);

/*
 * True if older filters answer. Workers may ask, too: it does not change after the program has
 * begun.
 */
bool preempted(void);
