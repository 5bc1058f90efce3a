/* SPDX-License-Identifier: MIT */
/*
 * A mapping that the file's filesystem refuses: rules -> convert or buffer.
 */
#pragma once

#include "file.h"
#include "mapping.h"

#include <stdbool.h>
#include <stdint.h>

/* False if what is refused is left and nobody wants to read of it: then nothing need be asked. */
bool serve_may_matter(void);

/*
 * Does what the rules say of a refused mapping, shared or private; fd is the call's, as it is open
 * here. MAP_FAILED if it is left; nothing was unmapped then, also with MAP_FIXED,
 * unless own_place says that what is at its address is the engine's own and may go. untried: the
 * kernel was not asked yet; only if a rule says when = "always". errno is as it was.
 * mmap(2) is done or not done when a handler runs: so is this.
 */
void *serve(const struct mapping *call, int fd, bool own_place, bool untried);

/*
 * A shared mapping of the file that was to be written, too, is refused with error: counted and
 * logged, if anybody reads of it. May change errno.
 */
bool serve_tells(void);
void serve_written(int fd, int error);

/*
 * To be called when call's file, shown by the kernel as shown, was mapped at result, converted or
 * (copy) as a copy: remembers that. Returns result; MAP_FAILED with ENOMEM, and nothing mapped, if
 * there is no memory for it.
 */
struct copy;
void *serve_mapped(const struct mapping *call, void *result, struct identity shown,
		   struct copy *copy);

/*
 * A change of protection was refused in [start, end), where prot would lose a write, or make a copy
 * executable whose file may not be: counted and logged.
 */
void serve_denied(uintptr_t start, uintptr_t end, int prot);
