/* SPDX-License-Identifier: MIT */
/*
 * Converts one mapping of a traced program. Runs in a worker.
 */
#include "engine.h"
#include "probe.h"
#include "window.h"
#include "workers.h"

#include <sys/mman.h>

void *engine_convert(const struct mapping *call, const struct file *file, bool own_place)
{
	struct mapping private = *call;

	(void)own_place;
	private.flags = mapping_private_flags(call->flags);
	/*
	 * A refused MAP_FIXED call would have unmapped what is there: so ours is asked first.
	 * Others tell by themselves.
	 */
	if (mapping_replaces(call->flags) && probe(&private, MAP_PRIVATE, file->fd))
		return MAP_FAILED;
	return window_map(job_mine(), &private, false);
}
