/* SPDX-License-Identifier: MIT */
/*
 * The way of one candidate: as asked -> refused? -> serve.h.
 */
#pragma once

#include "live.h"
#include "mapping.h"
#include "next.h"
#include "track.h"

/* Passes on what is none, or is left. */
static inline void *candidate_pass_on(const struct mapping *call)
{
	if (mapping_replaces(call->flags) && ranges_live())
		return track_mmap(call);
	return engine_mmap(call);
}

/*
 * Maps a candidate (mapping.h) as mmap(2) does. If the filesystem refuses it, what the rules say
 * is done; if that cannot be, the program gets the first errno. errno is untouched on success.
 */
void *candidate_map(const struct mapping *call);

/*
 * Serves a private candidate that the kernel has just failed with errno: maps a copy if that errno
 * refuses it and the rules want it. Otherwise MAP_FAILED, and errno as it was. On success errno is
 * before.
 */
void *candidate_map_private(const struct mapping *call, int before);

/* Tells of one that is to be written (mapping.h), which the kernel has failed with errno. */
void candidate_written(const struct mapping *call);
