/* SPDX-License-Identifier: MIT */
/*
 * Finds the mount that an open file is on, for serving and for messages. Raw system calls only;
 * leaves errno alone.
 */
#pragma once

#include "procfs.h"

#include <stdbool.h>

/*
 * Finds, in the mountinfo of proc ("/proc/thread-self", "/proc/12"), the mount of the file that is
 * open as fd in this process; O_PATH will do. The caller sets the file's device in reader and, if
 * statx(2) gave it, the number of the mount. Before Linux 5.8 fdinfo gives the number; if that
 * lacks it as well (gVisor), the device decides. False if nothing tells.
 */
bool mountinfo_find(struct mountinfo_reader *reader, const char *proc, int fd);
