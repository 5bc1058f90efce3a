/* SPDX-License-Identifier: MIT */
/*
 * Filesystems that are never served, by the magic number of statfs(2).
 */
#pragma once

#include <stdbool.h>

/*
 * True for memory filesystems (tmpfs with memfd and POSIX shm, ramfs, hugetlbfs), where programs
 * use shared mappings to talk to each other, and for filesystems that show the kernel's own data
 * (proc, sys, cgroup, debug...), which refuse every mapping with good reason.
 */
bool filesystem_is_untouchable(unsigned long magic);
