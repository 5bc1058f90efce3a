/* SPDX-License-Identifier: MIT */
/*
 * Maps into a traced program. Runs in a worker.
 *
 * A mapping that may be anywhere is put into the window, where the first filter looks. One that the
 * program wants at an address, or that the kernel puts elsewhere, is watched by a filter that looks
 * at all addresses.
 */
#include "window.h"

#include "candidate.h"
#include "engine.h"
#include "filter.h"
#include "guard.h"
#include "maps.h"
#include "state.h"

#include <errno.h>
#include <sys/mman.h>

#ifdef MAP_32BIT
#define PLACE_FLAGS (MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_32BIT)
#else
#define PLACE_FLAGS (MAP_FIXED | MAP_FIXED_NOREPLACE)
#endif

enum { TRIES = 8 }; /* the place may be taken, by the program or by a mapping that grew */

static uint64_t take_window(const struct thread *thread, bool copy, uint64_t span)
{
	uint64_t place;

	tracees_lock();
	place = mm_place(thread->process->mm, thread->call.abi, copy, span);
	tracees_unlock();
	return place;
}

static void give_back(const struct thread *thread, uint64_t place, uint64_t span)
{
	tracees_lock();
	mm_give_back(thread->process->mm, thread->call.abi, place, span);
	tracees_unlock();
}

/* A copy is not the first call of its job, so a filter looks at it and must let it pass. */
static int64_t map_at(struct job *job, const struct mapping *call, uint64_t place, int flags,
		      bool copy)
{
	const struct abi *abi = job->thread->call.abi;

	return job_call(job, abi->mmap, place, call->length, (uint64_t)call->prot,
			(uint32_t)flags | (copy ? filter_pass(abi) : 0), (uint64_t)call->fd,
			call->offset >> abi->offset_shift);
}

/* Returns 0 if there is no room in the window, or no memory. */
static int64_t map_in_window(struct job *job, const struct mapping *call, bool copy)
{
	uint64_t span = job_span(call->length);

	for (int tries = 0; tries < TRIES; tries++) {
		uint64_t place = take_window(job->thread, copy, span);
		int64_t result;

		if (!place)
			break;
		result = map_at(job, call, place, call->flags | MAP_FIXED_NOREPLACE, copy);
		/* Linux before 4.17 does not know the flag, and takes the address as a hint. */
		if (result == -EINVAL)
			result = map_at(job, call, place, call->flags, copy);
		if (result == (int64_t)place)
			return result;
		if (result == -EEXIST)
			continue; /* the next place is lower */
		give_back(job->thread, place, span);
		if (result == -ENOMEM) /* or the addresses end below, by ADDR_LIMIT_3GB */
			break;
		return result;
	}
	return 0;
}

uint64_t place_in_window(struct job *job, const struct mapping *call, bool copy)
{
	int64_t result = map_in_window(job, call, copy);

	return kernel_failed(result) ? 0 : (uint64_t)result;
}

uint64_t window_reserve(struct job *job, uint64_t span)
{
	const struct mapping room = {
		.length = (size_t)span,
		.prot = PROT_NONE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		.fd = -1,
	};
	int64_t result = map_in_window(job, &room, false);

	/* At a limit, the reservation itself fails. A free place without one will do. */
	for (int tries = 0; !result && tries < TRIES; tries++) {
		uint64_t place = take_window(job->thread, false, span);
		struct vma there;

		if (place && (maps_find((uintptr_t)place, &there) == MAPS_NONE ||
			      there.start >= place + span))
			return place;
	}
	return kernel_failed(result) ? 0 : (uint64_t)result;
}

void *window_map(struct job *job, const struct mapping *call, bool copy)
{
	const struct abi *abi = job->thread->call.abi;
	bool placed = call->addr || call->flags & PLACE_FLAGS;
	int64_t result = placed ? 0 : map_in_window(job, call, copy);

	if (!result) {
		guard(job);
		result = map_at(job, call, (uintptr_t)call->addr, call->flags, copy);
	}
	if (kernel_failed(result))
		return mapping_fails((int)-result);
	/* An old kernel, without MAP_FIXED_NOREPLACE, may choose another address. */
	if (!abi_is_watched(abi, (uint64_t)result))
		guard(job);
	return (void *)(uintptr_t)result;
}

/*
 * A refused MAP_FIXED call would already have unmapped its place, so it is tried first. Other calls
 * can simply fail.
 */
void *engine_convert(const struct mapping *call, const struct file *file, bool own_place)
{
	struct mapping private = *call;
	int error = 0;

	(void)own_place;
	private.flags = mapping_private_flags(call->flags);
	if (mapping_replaces(call->flags))
		error = candidate_probe(&private, MAP_PRIVATE, file->fd);
	return error ? mapping_fails(error) : window_map(job_mine(), &private, false);
}
