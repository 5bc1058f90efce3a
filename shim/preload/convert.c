/* SPDX-License-Identifier: MIT */
/*
 * Makes a call with MAP_PRIVATE in place of MAP_SHARED. A call that may replace something is tried
 * elsewhere first.
 */
#include "candidate.h"
#include "engine.h"
#include "protect.h"
#include "ranges.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <sys/mman.h>

/*
 * The next library may have mapped a part in a call that failed (the kernel does not). That part
 * counts as converted, because the program has asked for nothing writable there.
 */
static void remember_part(const struct mapping *call, const struct snapshot *file)
{
	const int before = errno;
	struct range range = {
		.start = (uintptr_t)call->addr,
		.end = (uintptr_t)call->addr + mapping_span(call->length, state_page()),
		.file = file->file,
	};
	struct vma part;

	if (verify_part(&range, range.start, &part) == MAPS_FOUND &&
	    part.offset == call->offset + (part.start - range.start)) {
		range.start = part.start;
		range.end = part.end;
		ranges_add(&range);
		protect_again(&range, protect_generation());
	}
	errno = before;
}

void *engine_convert(const struct mapping *call, const struct file *file, bool own_place)
{
	struct mapping private = *call;
	void *result;

	private.flags = mapping_private_flags(call->flags);
	if (!ranges_reserve(1))
		return mapping_fails(ENOMEM);
	if (mapping_replaces(call->flags) && !own_place) {
		int refused = candidate_probe(&private, true);

		if (refused)
			return mapping_fails(refused);
	}
	result = engine_mmap(&private);
	if (result == MAP_FAILED && mapping_replaces(call->flags))
		remember_part(&private, &file->known);
	return result;
}
