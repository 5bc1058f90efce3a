/* SPDX-License-Identifier: MIT */
/*
 * Filesystems that are never served, by the magic number of statfs(2).
 */
#pragma once

#include <stdbool.h>

/*
 * True for memory filesystems (tmpfs, which memfd and POSIX shm live on as well, ramfs,
 * hugetlbfs: there a shared mapping is how programs talk to each other) and for those whose files
 * are the kernel's own answers (proc, sys, cgroup, debug...: they refuse every mapping, rightly).
 */
bool filesystem_is_untouchable(unsigned long magic);
