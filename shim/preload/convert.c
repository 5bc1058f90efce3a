/* SPDX-License-Identifier: MIT */
/*
 * Makes a private mapping in place of a shared one that was refused.
 */
#include "candidate.h"

#include "engine.h"
#include "inode.h"
#include "live.h"
#include "memory.h"
#include "next.h"
#include "protect.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

/*
 * One page, untouched, of the program's file: cheap, and no limit of the program's is near. A
 * device, which may do something when it is mapped, is not asked: it is never served.
 */
int convert_probe(const struct mapping *call)
{
	const int before = errno;
	struct mapping probe = *call;
	struct inode file;
	void *result;
	int refused = 0;

	if (!inode_look(call->fd, &file) || !S_ISREG(file.mode))
		return 0;
	probe.addr = memory_place(state_page());
	probe.length = state_page();
	probe.flags &= ~(MAP_FIXED | MAP_POPULATE | MAP_LOCKED);
	result = next_mmap(&probe);
	if (result == MAP_FAILED)
		refused = errno;
	else
		next_munmap(result, probe.length);
	memory_leave(probe.addr, probe.length);
	errno = before;
	return refused;
}

/*
 * A call that failed may have mapped a part (the next library's; the kernel's has not). It counts
 * as converted: the program has asked for nothing that could be written there.
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
	if (!ranges_reserve_within(blocked_for(file)))
		return mapping_fails(ENOMEM);
	if (mapping_replaces(call->flags) && !own_place) {
		int refused = convert_probe(&private);

		if (refused)
			return mapping_fails(refused);
	}
	result = next_mmap(&private);
	if (result == MAP_FAILED && mapping_replaces(call->flags))
		remember_part(&private, &file->known);
	return result;
}
