/* SPDX-License-Identifier: MIT */
/*
 * Tries a candidate as asked, and has it served if it is refused: a converted one becomes private
 * instead of shared. Kept apart from the hooks so that other mappings pay nothing for it.
 */
#include "candidate.h"

#include "engine.h"
#include "inode.h"
#include "kernel.h"
#include "memory.h"
#include "next.h"
#include "protect.h"
#include "serve.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>

/*
 * A refused MAP_FIXED call has unmapped what was there. The hole is filled at once, before memory
 * of our own or another thread's lands in it; if it has, that stays. (Before Linux 4.17 the flag is
 * unknown, the address a mere wish.)
 */
static bool fill_hole(const struct mapping *call)
{
	struct mapping hole = {
		.addr = call->addr,
		.length = call->length,
		.prot = PROT_NONE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
		.fd = -1,
	};
	void *result = engine_mmap(&hole);

	if (result != MAP_FAILED && result != call->addr)
		engine_munmap(result, call->length);
	return result == call->addr;
}

/*
 * Whether such a call is refused before anything is unmapped: so is one of a file that nobody can
 * map at all, or that a filter forbids. Tried on a page of our own; then the kernel is asked
 * whether our number is still there, because another thread's memory may have taken its place.
 */
static bool refusal_unmaps_nothing(const struct mapping *call)
{
	struct mapping refused = *call;
	uint32_t *own = memory_borrow(state_page());
	uint32_t number;
	bool kept = false;

	if (!own)
		return false;
	number = (uint32_t)((uintptr_t)own >> 12) * 2654435761U + 1;
	*own = number;
	refused.addr = own;
	refused.length = state_page();
	refused.flags &= ~(MAP_POPULATE | MAP_LOCKED);
	if (engine_mmap(&refused) == MAP_FAILED) {
		/* Wakes nobody; compares. */
		kept = !kernel(SYS_futex, own, FUTEX_CMP_REQUEUE_PRIVATE, 0, 0, own, number);
		if (!kept)
			return false;
	}
	memory_give_back(own, state_page());
	return kept;
}

/*
 * Whether the kernel refuses this call, learned at an address of its own choosing: a MAP_FIXED call
 * that is refused has already unmapped what was there (mmap(2)). 0 or the errno. One page,
 * untouched, of the program's file: cheap, and no limit of the program's is near. A device, which
 * may do something when it is mapped, is not asked: it is never served.
 */
static int probe_refusal(const struct mapping *call)
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
	result = engine_mmap(&probe);
	if (result == MAP_FAILED)
		refused = errno;
	else
		engine_munmap(result, probe.length);
	memory_leave(probe.addr, probe.length);
	errno = before;
	return refused;
}

/* Whether it is the file that is refused, where the kernel has answered the call with error. */
static bool is_refused(const struct mapping *call, int error)
{
	struct mapping known = *call;

	if (mapping_type_may_be_unknown(call->flags, error)) {
		known.flags = mapping_known_flags(call->flags);
		error = probe_refusal(&known);
	}
	return mapping_errno_refuses(error);
}

/* What was at the call's address is unmapped, or was never touched: the kernel refused the call. */
static void *map_into_hole(const struct mapping *call)
{
	void *result = MAP_FAILED;

	if (fill_hole(call)) {
		result = serve(call, call->fd, true, false);
		if (result == MAP_FAILED)
			engine_munmap(call->addr, call->length);
	} else if (refusal_unmaps_nothing(call)) {
		result = serve(call, call->fd, false, false);
	}
	return result;
}

/*
 * MAP_FIXED over existing mappings: the program's address is touched by one call only, and one
 * that is known to work or is the program's own, left as it is.
 */
static void *map_replacing(const struct mapping *call)
{
	const int before = errno;
	int probed = probe_refusal(call);
	void *result = MAP_FAILED;
	int first;

	if (is_refused(call, probed))
		result = serve(call, call->fd, false, false);
	if (result != MAP_FAILED)
		return result;
	result = candidate_pass_on(call);
	first = errno;
	/* At a limit the probe had no room and told nothing; the call itself has made some. */
	if (result == MAP_FAILED && probed == ENOMEM && is_refused(call, first)) {
		result = map_into_hole(call);
		errno = result == MAP_FAILED ? first : before;
	}
	return result;
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
	if (!ranges_reserve(1))
		return mapping_fails(ENOMEM);
	if (mapping_replaces(call->flags) && !own_place) {
		int refused = probe_refusal(&private);

		if (refused)
			return mapping_fails(refused);
	}
	result = engine_mmap(&private);
	if (result == MAP_FAILED && mapping_replaces(call->flags))
		remember_part(&private, &file->known);
	return result;
}

void *candidate_map(const struct mapping *call)
{
	const int before = errno;
	void *result;
	int first;

	/* What is wrong in itself is left; so its EINVAL is never taken for a refusal. */
	if (!state_serves() || !mapping_is_well_formed(call, state_page()))
		return candidate_pass_on(call);
	if (state_any_always()) {
		result = serve(call, call->fd, false, true);
		if (result != MAP_FAILED)
			return result;
	}
	if (mapping_replaces(call->flags) && serve_may_matter())
		return map_replacing(call);
	result = candidate_pass_on(call);
	if (result != MAP_FAILED)
		return result;
	first = errno;
	if (is_refused(call, first))
		result = serve(call, call->fd, false, false);
	errno = result == MAP_FAILED ? first : before;
	return result;
}

void *candidate_map_private(const struct mapping *call, int before)
{
	const int first = errno;
	struct mapping private = *call;
	void *result;

	if (!mapping_errno_refuses(first) || !state_serves() ||
	    !mapping_is_well_formed(call, state_page()))
		return MAP_FAILED;
	private.kind = MAPPING_PRIVATE;
	if (mapping_replaces(call->flags))
		result = map_into_hole(&private);
	else
		result = serve(&private, call->fd, false, false);
	errno = result == MAP_FAILED ? first : before;
	return result;
}

void candidate_written(const struct mapping *call)
{
	const int error = errno;

	if (mapping_errno_refuses(error) && state_serves() && serve_tells() &&
	    mapping_is_well_formed(call, state_page()))
		serve_written(call->fd, error);
	errno = error;
}
