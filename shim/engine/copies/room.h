/* SPDX-License-Identifier: MIT */
/*
 * Whether there is memory for a copy: within the limits of memory cgroups (memory.max of cgroups
 * v2, memory.limit_in_bytes of v1) and of the machine. Beyond them the kernel kills some process.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * True if that many bytes fit in addition to those used now, or if nothing tells. Cached files,
 * which the kernel can drop, do not count as used. Small copies are added up, and checked only now
 * and then.
 */
bool room_in_memory(uint64_t bytes);

/*
 * The same with other files in place of /proc/self/cgroup, /sys/fs/cgroup (without a '/' at its
 * end) and /proc/meminfo. Always checks.
 */
bool room_told_by(const char *cgroup, const char *root, const char *meminfo, uint64_t bytes);
