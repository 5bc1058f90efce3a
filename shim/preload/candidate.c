/*
 * Tries a candidate as asked, and has it served if it is refused. Called by the mmap hooks for
 * nothing else, so that what stands here costs the other mappings of a program nothing.
 */
#include "candidate.h"

#include "convert.h"
#include "follow.h"
#include "refused.h"
#include "start.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/*
 * MAP_FIXED over existing mappings: the program's address is touched by one call only, and one
 * that is known to work or is the program's own, left as it is.
 */
static void *map_replacing(const struct mapping *call)
{
	const int before = errno;
	void *result;

	if (!mapping_errno_refuses(convert_probe(call)))
		return follow_mmap(call);
	result = refused_map(call);
	if (result == MAP_FAILED)
		return follow_mmap(call);
	errno = before;
	return result;
}

void *candidate_map(const struct mapping *call)
{
	const int before = errno;
	void *result;
	int first;

	/* What is wrong in itself is left; so its EINVAL is never taken for a refusal. */
	if (!start_serves() || !mapping_is_well_formed(call, start_page()))
		return follow_mmap(call);
	if (start_any_always()) {
		result = refused_map_always(call);
		if (result != MAP_FAILED)
			return result;
	}
	if (mapping_replaces(call->flags))
		return map_replacing(call);
	result = follow_mmap(call);
	if (result != MAP_FAILED || !mapping_errno_refuses(errno))
		return result;
	first = errno;
	result = refused_map(call);
	errno = result == MAP_FAILED ? first : before;
	return result;
}

/*
 * With MAP_FIXED the kernel has unmapped what was there, and another thread may have mapped into
 * the hole since: that is not replaced. (Before Linux 4.17 the flag is unknown, the address a mere
 * wish.)
 */
void *candidate_map_private(const struct mapping *call, int before)
{
	const int first = errno;
	struct mapping hole = *call;
	void *result;

	if (!mapping_errno_refuses(first) || !start_serves() ||
	    !mapping_is_well_formed(call, start_page()))
		return MAP_FAILED;
	if (mapping_replaces(call->flags)) {
		hole.flags &= ~MAP_FIXED;
		hole.flags |= MAP_FIXED_NOREPLACE;
	}
	result = refused_map(&hole);
	if (result != MAP_FAILED && mapping_replaces(call->flags) && result != call->addr) {
		follow_munmap(result, call->length);
		result = MAP_FAILED;
	}
	errno = result == MAP_FAILED ? first : before;
	return result;
}
