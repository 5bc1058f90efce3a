/* SPDX-License-Identifier: MIT */
/*
 * Where mappings that serve a traced program are put: into the window (abi.h), or where the program
 * wants them.
 */
#pragma once

#include "mapping.h"
#include "state.h"
#include "workers.h"

/*
 * Has the program map what it asks for in another way, converted or as a copy: flags, fd (a number
 * of the program's) and offset in place of its own. What has to be guarded is guarded first.
 * MAP_FAILED with an errno.
 */
void *window_map(struct job *job, const struct mapping *call, bool copy);

/* The same in the window only, where nothing has to be guarded. 0 if that cannot be. */
uint64_t place_in_window(struct job *job, const struct mapping *call, bool copy);

/*
 * Room for so many bytes in the window, for a converted mapping that is to be moved there: nothing
 * that the program needs is there. 0 if there is none.
 */
uint64_t window_reserve(struct job *job, uint64_t span);

/* A length of the program's, in whole pages. */
static inline uint64_t job_span(uint64_t length)
{
	return mapping_span((size_t)length, state_page());
}
