/* SPDX-License-Identifier: MIT */
/*
 * The subject: the traced thread that this thread of the tracer works for. engine.h asks about it.
 */
#pragma once

#include "tracees.h"

/* Sets what engine_directory() returns; the string must stay. Call it before the tracer starts. */
void subject_lies_in(const char *directory);

/* Sets the main thread's subject; a worker's is its job's thread. NULL: the tracer itself. */
void subject_set(struct thread *thread);

/* Does for that thread's process what sink_remember_stderr() does. For the main thread. */
void subject_remember_stderr(struct thread *thread);

/*
 * Returns a descriptor of the subject's file, which the caller closes; -1 with an errno on failure.
 * It is the program's open file itself where the kernel gives that (pidfd_getfd(2), Linux 5.6).
 * Otherwise the file is opened again in the same way: only a regular file, or stderr (fd 2), which
 * is opened for appending.
 */
int subject_file(int fd);
