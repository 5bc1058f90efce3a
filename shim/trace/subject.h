/* SPDX-License-Identifier: MIT */
/*
 * Whom this thread of the tracer works for at this moment: what engine.h asks about it.
 */
#pragma once

#include "tracees.h"

/* Where engine_directory() is; the string must stay. Before the tracer is started. */
void subject_lies_in(const char *directory);

/* For the main thread; a worker works for its job's. NULL: nobody, the tracer speaks for itself. */
void subject_set(struct thread *thread);

/*
 * The subject's file under a number of ours; -1 with an errno if it cannot be had. It is the
 * program's open file itself where the kernel hands that out (pidfd_getfd(2), Linux 5.6), else its
 * file opened anew in the same way, and stderr (fd 2) for appending; regular files only but there.
 */
int subject_file(int fd);
