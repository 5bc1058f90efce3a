/* SPDX-License-Identifier: MIT */
/*
 * The rights of the program that a message is about, or whose descriptor is looked for: the tracer
 * may have more, where privmap was started by root and its program has become another user, or has
 * given up capabilities. What it opens by a name that the program had a say in, it opens so.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * From here on the calling thread opens files as the traced thread would: its user, groups and
 * capabilities, but in the tracer's own root. False, and nothing taken, if that cannot be had. If
 * true, rights_give_back() must follow.
 */
bool rights_take(pid_t thread);
void rights_give_back(void);

/* Whether it has the tracer's own, all of them and no others. */
bool rights_are_ours(pid_t thread);
