/* SPDX-License-Identifier: MIT */
/*
 * Whether there is memory for a copy: what memory cgroups allow (memory.max(5) of cgroups v2, v1's
 * memory.limit_in_bytes), and what the machine has. Beyond it the kernel kills, whom it likes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * True if so many bytes fit beside what is used now, or nobody says that they do not. What the
 * kernel can take back, cached files, is not counted as used. Small copies are counted together,
 * and only now and then is it asked.
 */
bool room_in_memory(uint64_t bytes);

/*
 * The same of other files than the kernel's: /proc/self/cgroup, /sys/fs/cgroup (no '/' at its end)
 * and /proc/meminfo. Always asked.
 */
bool room_told_by(const char *cgroup, const char *root, const char *meminfo, uint64_t bytes);
