/* SPDX-License-Identifier: MIT */
/*
 * Puts mappings that serve a traced program into the window (abi.h), or where the program wants
 * them. engine_convert() (engine.h) is there, too.
 */
#pragma once

#include "mapping.h"
#include "state.h"
#include "workers.h"

/*
 * Makes the program map a converted call or a copy: call has the flags, fd (a descriptor of the
 * program) and offset to use in place of the original ones. Adds the guard first where needed.
 * MAP_FAILED with an errno.
 */
void *window_map(struct job *job, const struct mapping *call, bool copy);

/* The same, but only in the window, which needs no guard. 0 on failure. */
uint64_t place_in_window(struct job *job, const struct mapping *call, bool copy);

/*
 * Finds or reserves room for so many bytes in the window, to which a converted mapping will be
 * moved. The program has nothing at that place that it needs. 0 if there is no room.
 */
uint64_t window_reserve(struct job *job, uint64_t span);

/* Rounds a length up to whole pages. */
static inline uint64_t job_span(uint64_t length)
{
	return mapping_span((size_t)length, state_page());
}
