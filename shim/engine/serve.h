/* SPDX-License-Identifier: MIT */
/*
 * Serves a mapping that the file's filesystem refuses: rules, then convert or buffer.
 */
#pragma once

#include "file.h"
#include "mapping.h"

#include <stdbool.h>
#include <stdint.h>

/* False if no rule serves anything, and nothing is logged or reported: nothing to do. */
bool serve_may_matter(void);

/*
 * Serves a refused mapping, shared or private, by the rules; fd is the call's file, as open here.
 * MAP_FAILED if it is not served; then nothing was unmapped, even with MAP_FIXED, unless own_place
 * says that the engine itself mapped what is at its address. untried: the kernel has not been asked
 * yet; then only a rule with when = "always" acts. Leaves errno alone. As with mmap(2), a signal
 * handler sees the mapping done or not done, never in between.
 */
void *serve(const struct mapping *call, int fd, bool own_place, bool untried);

/*
 * serve_tells(): whether the log or the report tells what is not served. serve_written() counts and
 * logs a shared mapping with PROT_WRITE that the kernel refused with error. May change errno.
 */
bool serve_tells(void);
void serve_written(int fd, int error);

/*
 * Remembers that call's file, which the kernel shows as shown, is mapped at result: converted, or
 * as copy unless that is NULL. Returns result; MAP_FAILED with ENOMEM, and nothing mapped, if there
 * is no memory for it.
 */
struct copy;
void *serve_mapped(const struct mapping *call, void *result, struct identity shown,
		   struct copy *copy);

/*
 * Counts and logs that prot was denied in [start, end), because a write would be lost, or because
 * the file of the copy is on a noexec mount.
 */
void serve_denied(uintptr_t start, uintptr_t end, int prot);
