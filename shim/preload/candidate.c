/* SPDX-License-Identifier: MIT */
/*
 * Passes a candidate on, and serves it if the kernel refuses it. Kept apart from the hooks so that
 * other mappings pay nothing for it.
 */
#include "candidate.h"

#include "engine.h"
#include "inode.h"
#include "kernel.h"
#include "memory.h"
#include "next.h"
#include "serve.h"
#include "signals.h"
#include "state.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>

/*
 * A refused MAP_FIXED call has unmapped what was at its address. This fills the hole at once,
 * before memory of the library or of another thread gets into it; if it has, false. (Before Linux
 * 4.17 the flag is unknown, and the address only a hint.)
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
 * Whether the kernel refuses such a call before it unmaps anything, as for a file that nobody can
 * map, or if a filter forbids the call. Tries it on its own page with a number in it; then asks the
 * kernel for the number, because another thread's memory may have taken the place.
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
		/* Only compares, and wakes nobody. */
		kept = !kernel(SYS_futex, own, FUTEX_CMP_REQUEUE_PRIVATE, 0, 0, own, number);
		if (!kept)
			return false;
	}
	memory_give_back(own, state_page());
	return kept;
}

/* One untouched page of the file is cheap, and reaches none of the program's limits. */
int candidate_probe(const struct mapping *call, bool blocked)
{
	const int before = errno;
	struct mapping probe = *call;
	struct signals signals;
	struct inode file;
	void *result;
	int refused = 0;

	if (!inode_look(call->fd, &file) || !S_ISREG(file.mode))
		return 0;
	if (!blocked)
		signals_block(&signals);
	probe.addr = memory_place(state_page());
	probe.length = state_page();
	probe.flags &= ~(MAP_FIXED | MAP_POPULATE | MAP_LOCKED);
	result = engine_mmap(&probe);
	if (result == MAP_FAILED)
		refused = errno;
	else
		engine_munmap(result, probe.length);
	memory_leave(probe.addr, probe.length);
	if (!blocked)
		signals_restore(&signals);
	errno = before;
	return refused;
}

/* Whether error, with which the kernel failed the call, means that it refuses the file. */
static bool is_refused(const struct mapping *call, int error)
{
	struct mapping known = *call;

	if (mapping_type_may_be_unknown(call->flags, error)) {
		known.flags = mapping_known_flags(call->flags);
		error = candidate_probe(&known, false);
	}
	return mapping_errno_refuses(error);
}

/*
 * After a refused MAP_FIXED call: the kernel has unmapped what was there, or not touched it. No
 * handler may see or leave what fills the hole meanwhile.
 */
static void *map_into_hole(const struct mapping *call)
{
	void *result = MAP_FAILED;
	struct signals signals;

	signals_block(&signals);
	if (fill_hole(call)) {
		result = serve(call, call->fd, true, false);
		if (result == MAP_FAILED)
			engine_munmap(call->addr, call->length);
	} else if (refusal_unmaps_nothing(call)) {
		result = serve(call, call->fd, false, false);
	}
	signals_restore(&signals);
	return result;
}

/*
 * MAP_FIXED over existing mappings: only one call may touch the program's address. That is either
 * known to work, or the program's own call.
 */
static void *map_replacing(const struct mapping *call)
{
	const int before = errno;
	int probed = candidate_probe(call, false);
	void *result = MAP_FAILED;
	int first;

	if (is_refused(call, probed))
		result = serve(call, call->fd, false, false);
	if (result != MAP_FAILED)
		return result;
	result = candidate_pass_on(call);
	first = errno;
	/* At a limit the probe had no room and told nothing. The call itself has made room. */
	if (result == MAP_FAILED && probed == ENOMEM && is_refused(call, first)) {
		result = map_into_hole(call);
		errno = result == MAP_FAILED ? first : before;
	}
	return result;
}

void *candidate_map(const struct mapping *call)
{
	const int before = errno;
	void *result;
	int first;

	/* Passes invalid calls on, so that their EINVAL never counts as a refusal. */
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
