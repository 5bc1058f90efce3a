/* SPDX-License-Identifier: MIT */
/*
 * Finds the mount that an open file is on: one look-up for what is served and for what is said of
 * it. Raw system calls only; errno is left alone.
 */
#pragma once

#include "procfs.h"

#include <stdbool.h>

/*
 * Reads proc's mountinfo ("/proc/thread-self", "/proc/12") for the mount of the file that is open
 * under fd in this process, which may be O_PATH. In reader stand the file's device and, if statx(2)
 * has told it, the mount's number; else fdinfo is asked for the number (before Linux 5.8), and
 * where that lacks it as well (gVisor) the device decides. False if nothing tells.
 */
bool mountinfo_find(struct mountinfo_reader *reader, const char *proc, int fd);
