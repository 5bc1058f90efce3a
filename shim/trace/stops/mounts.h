/* SPDX-License-Identifier: MIT */
/*
 * Remembers which mounts map files privately; nearly all do. One file answers for all files of its
 * mount, so that a program which maps many files is hardly delayed; the mount of the program itself
 * needs no question. Refusals are not remembered.
 */
#pragma once

#include "tracees.h"

/*
 * True if the kernel is known to map the thread's file privately, or if it is no regular file. For
 * the main thread: asks no file server.
 */
bool mounts_map(const struct thread *thread, int fd);

/* Notes that the mount of this file, a descriptor of the tracer, has mapped it. For workers. */
void mounts_remember(int fd);
