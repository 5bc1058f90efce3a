/* SPDX-License-Identifier: MIT */
/*
 * Which mounts map files privately: nearly all. What was answered once for one file is remembered
 * for all files of the mount, so that a program which maps many is hardly delayed; and nothing is
 * asked on the mount that the program itself is on. That a mount refuses is not remembered.
 */
#pragma once

#include "tracees.h"

/*
 * True if a private mapping of the thread's file is the kernel's to answer, as far as is known: its
 * mount maps such files, or it is no regular file. For the main thread: no file server is asked.
 */
bool mounts_map(const struct thread *thread, int fd);

/* It has mapped this file, a descriptor of ours. For workers. */
void mounts_remember(int fd);
