/* SPDX-License-Identifier: MIT */
/*
 * The rights of a traced program. The tracer may have more, if root started privmap and its program
 * has become another user, or has given up capabilities. If the program had a say in a file's name,
 * the tracer opens the file with the program's rights.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * From now on the calling thread opens files with the user, groups and capabilities of the traced
 * thread, but in the tracer's root. False, with nothing taken, if that fails. If true,
 * rights_give_back() must follow.
 */
bool rights_take(pid_t thread);
void rights_give_back(void);

/* True if the thread's rights equal the tracer's. */
bool rights_are_ours(pid_t thread);
