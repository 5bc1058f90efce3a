/*
 * Maps into a traced program. Called by convert.c and buffer.c, in a worker.
 *
 * A mapping that may be anywhere is put into the window, where the first filter looks. One that the
 * program wants at an address, or that the kernel puts elsewhere, is watched by a filter that looks
 * at all addresses.
 */
#include "place.h"

#include "guard.h"
#include "state.h"

#include <errno.h>
#include <sys/mman.h>

#ifdef MAP_32BIT
#define PLACE_FLAGS (MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_32BIT)
#else
#define PLACE_FLAGS (MAP_FIXED | MAP_FIXED_NOREPLACE)
#endif

static uint64_t take_window(const struct thread *thread, uint64_t span)
{
	uint64_t place;

	tracees_lock();
	place = space_place(thread->process->space, thread->call.abi, span);
	tracees_unlock();
	return place;
}

static void give_back(const struct thread *thread, uint64_t place, uint64_t span)
{
	tracees_lock();
	space_give_back(thread->process->space, thread->call.abi, place, span);
	tracees_unlock();
}

void *place_map(struct job *job, const struct mapping *call, bool must_guard)
{
	const struct thread *thread = job->thread;
	const struct abi *abi = thread->call.abi;
	uint64_t span = mapping_span(call->length, state_page());
	bool placed = call->addr || call->flags & PLACE_FLAGS;
	uint64_t place = placed ? 0 : take_window(thread, span);
	int64_t result;

	if (!place && !guard(job) && must_guard) {
		errno = ENODEV;
		return MAP_FAILED;
	}
	result = job_call(job, abi->mmap, place ? place : (uintptr_t)call->addr, call->length,
			  (uint64_t)call->prot, (uint64_t)call->flags, (uint64_t)call->fd,
			  call->offset >> abi->offset_shift);
	if (place && (uint64_t)result != place)
		give_back(thread, place, span);
	if (job_failed(result)) {
		errno = (int)-result;
		return MAP_FAILED;
	}
	if (place && !abi_in_window(abi, (uint64_t)result) && !guard(job) && must_guard) {
		job_call(job, abi->munmap, (uint64_t)result, call->length, 0, 0, 0, 0);
		errno = ENODEV;
		return MAP_FAILED;
	}
	return (void *)(uintptr_t)result;
}
