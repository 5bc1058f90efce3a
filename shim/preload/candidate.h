/* SPDX-License-Identifier: MIT */
/*
 * Handles one candidate: kernel -> refused? -> serve.h.
 */
#pragma once

#include "live.h"
#include "mapping.h"
#include "next.h"
#include "track.h"

/* Passes a call on that is not a candidate, or is not served. */
static inline void *candidate_pass_on(const struct mapping *call)
{
	if (mapping_replaces(call->flags) && ranges_live())
		return track_mmap(call);
	return engine_mmap(call);
}

/*
 * Maps a candidate (mapping.h) as mmap(2) does. If the filesystem refuses it, serves it by the
 * rules; if that fails, the program gets the first errno. On success errno is left alone.
 */
void *candidate_map(const struct mapping *call);

/*
 * Serves a private candidate that the kernel has just failed with errno: maps a copy if that errno
 * is a refusal and the rules want a copy. Otherwise MAP_FAILED with errno unchanged. On success
 * sets errno to before.
 */
void *candidate_map_private(const struct mapping *call, int before);

/*
 * Whether the kernel refuses such a call: 0 or the errno. Tries it at an address that the kernel
 * chooses, because a refused MAP_FIXED call has already unmapped what was there (mmap(2)). Does not
 * try devices: mapping one may have an effect, and they are never served. Leaves errno alone.
 * blocked: the caller has blocked all signals. Otherwise this does: a handler that jumps away must
 * not leave the tried mapping behind.
 */
int candidate_probe(const struct mapping *call, bool blocked);

/* Reports a writable mapping (mapping.h) that the kernel has failed with errno. */
void candidate_written(const struct mapping *call);
