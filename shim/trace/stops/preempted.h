/* SPDX-License-Identifier: MIT */
/*
 * Filters that the program had before privmap's may answer a call by themselves, or have another
 * process answer it: then ours is not heard (seccomp(2)). Where they do so to mappings of files the
 * program is stopped at each call instead, before any filter is asked.
 */
#pragma once

#include "tracees.h"

/* In privmap itself, before the tracer is made: whether there are such filters. */
void preempted_look(void);

/* In the process that becomes the program, with our filter: a mapping of each kind that it stops.
 */
void preempted_try(void);

/* For the tracer's main thread: a candidate was stopped; and the program begins. */
void preempted_seen(const struct call *call);
void preempted_begins(void);

/* Whether they answer. Workers may ask, too: it does not change once the program has begun. */
bool preempted(void);
