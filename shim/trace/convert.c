/* SPDX-License-Identifier: MIT */
/*
 * Converts one mapping of a traced program. Runs in a worker.
 */
#include "engine.h"
#include "state.h"
#include "window.h"
#include "workers.h"

#include <errno.h>
#include <sys/mman.h>

/*
 * A refused MAP_FIXED call would have unmapped what is there: so ours is asked first. Others tell
 * by themselves.
 */
static bool private_works(const struct mapping *call, int fd)
{
	void *probe = mmap(NULL, state_page(), call->prot, MAP_PRIVATE, fd, (off_t)call->offset);

	if (probe == MAP_FAILED)
		return false;
	munmap(probe, state_page());
	return true;
}

void *engine_convert(const struct mapping *call, const struct file *file, bool own_place)
{
	struct mapping private = *call;

	(void)own_place;
	private.flags = mapping_private_flags(call->flags);
	if (mapping_replaces(call->flags) && !private_works(&private, file->fd))
		return MAP_FAILED;
	return window_map(job_mine(), &private, false);
}
