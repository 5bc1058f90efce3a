/*
 * Lets ranges move with their mappings. Called by follow.c, which picks it, and by a worker.
 *
 * A converted range must be watched wherever it goes. Where the kernel may choose, it goes to
 * another place in the window; only one that the program chooses needs the second filter.
 */
#include "remap.h"

#include "copies.h"
#include "guard.h"
#include "mapping.h"
#include "maps.h"
#include "place.h"
#include "purge.h"
#include "state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

static uint64_t span(uint64_t length)
{
	return mapping_span((size_t)length, state_page());
}

/* What is known in [from, from_end), held: another thread may unmap it as soon as it has moved. */
struct moving {
	struct range *ranges;
	size_t count;
	bool converted;
};

/* The lock is held. False if there is no memory. */
static bool collect(struct moving *moving, const struct space *space, uint64_t from,
		    uint64_t from_end)
{
	struct range range;

	*moving = (struct moving){ NULL, 0, false };
	for (; space_find(space, from, from_end, &range); from = range.end) {
		struct range *more =
			realloc(moving->ranges, (moving->count + 1) * sizeof(*moving->ranges));

		if (!more)
			return false;
		moving->ranges = more;
		moving->ranges[moving->count++] = range;
		if (range.copy)
			copy_hold(range.copy);
		else
			moving->converted = true;
	}
	return true;
}

static void release(struct moving *moving)
{
	for (size_t i = 0; i < moving->count; i++)
		if (moving->ranges[i].copy)
			copy_drop(moving->ranges[i].copy);
	free(moving->ranges);
}

/* What reaches from_end reaches to_end: it is the end of a mapping that mremap(2) moves. */
static void add_moved(struct space *space, const struct moving *moving, uint64_t from,
		      uint64_t from_end, uint64_t to, uint64_t to_end)
{
	for (size_t i = 0; i < moving->count; i++) {
		struct range moved = moving->ranges[i];
		uint64_t end = moved.end == from_end ? to_end : moved.end + (to - from);

		moved.start += to - from;
		moved.origin += to - from;
		moved.end = end < to_end ? end : to_end;
		if (moved.start < moved.end)
			space_add(space, &moved);
	}
}

/* mremap(2) that left the mapping at its place and moved its end. */
static void resized(struct space *space, uint64_t start, uint64_t old_end, uint64_t end,
		    uint64_t moment)
{
	struct range last;

	if (end < old_end) {
		space_forget(space, end, old_end, moment);
		return;
	}
	/* It was free, whatever is known. */
	space_forget(space, old_end, end, moment);
	if (end > old_end && old_end > start &&
	    space_find(space, old_end - state_page(), old_end, &last)) {
		last.start = old_end;
		last.end = end;
		space_add(space, &last);
	}
}

/*
 * True if [from, old_end), made to end at end, would show more of a file than its copy has: pages
 * that are there in the file, and SIGBUS in the copy. The lock is held.
 */
static bool outgrows_copy(const struct space *space, uint64_t from, uint64_t old_end, uint64_t end)
{
	uint64_t last = old_end > from ? old_end - 1 : from;
	struct range range;

	return end > old_end && space_find(space, last, last + 1, &range) && range.copy &&
	       copy_lacks(range.copy, end - range.origin);
}

/* The call could show pages of the file that the copy lacks. The lock is held. */
static bool outgrows(const struct space *space, const struct call *call)
{
	const uint64_t *arguments = call->arguments;
	void *from = (void *)(uintptr_t)arguments[0];
	void *to = (void *)(uintptr_t)arguments[4];

	return mapping_may_be_remapped(from, (size_t)arguments[1], (size_t)arguments[2],
				       (int)arguments[3], to, state_page()) &&
	       outgrows_copy(space, arguments[0], arguments[0] + span(arguments[1]),
			     arguments[0] + span(arguments[2]));
}

static int64_t call_with(struct job *job, int flags, uint64_t to)
{
	const struct call *call = &job->thread->call;

	return job_call(job, call->number, call->arguments[0], call->arguments[1],
			call->arguments[2], (uint64_t)flags, to, 0);
}

/* It would grow out of the window, where the first filter does not look. */
static bool leaves_window(const struct call *call)
{
	return abi_in_window(call->abi, call->arguments[0]) &&
	       call->abi->window_end - call->arguments[0] < span(call->arguments[2]);
}

/* As the kernel does it: in its place if that can be, else somewhere, which is in the window. */
static int64_t move_in_window(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;
	int flags = (int)arguments[3];
	int64_t result = -ENOMEM;
	uint64_t place;

	if (!(flags & MREMAP_DONTUNMAP) && !leaves_window(&job->thread->call))
		result = call_with(job, flags & ~MREMAP_MAYMOVE, 0);
	if (result != -ENOMEM)
		return result;
	place = place_reserve(job, span(arguments[2]));
	if (!place) {
		guard(job);
		return call_with(job, flags, 0);
	}
	result = call_with(job, flags | MREMAP_FIXED, place);
	if (job_failed(result))
		job_call(job, job->thread->call.abi->munmap, place, arguments[2], 0, 0, 0, 0);
	return result;
}

/* With an old size of 0 a private mapping stays where it is: EINVAL. */
static int64_t make_call(struct job *job, bool converted)
{
	const struct call *call = &job->thread->call;
	int flags = (int)call->arguments[3];

	if (!converted || !call->arguments[1])
		return job_call_own(job);
	if (flags & MREMAP_MAYMOVE && !(flags & MREMAP_FIXED))
		return move_in_window(job);
	if (flags & MREMAP_FIXED ? !abi_in_window(call->abi, call->arguments[4]) :
				   leaves_window(call))
		guard(job);
	return job_call_own(job);
}

/* The lock is held. */
static void moved(struct space *space, const struct call *call, const struct moving *moving,
		  uint64_t to, uint64_t moment)
{
	uint64_t from = call->arguments[0], old_length = call->arguments[1];
	uint64_t from_end = from + span(old_length);
	uint64_t to_end = to + span(call->arguments[2]);
	int flags = (int)call->arguments[3];

	if (to == from) {
		resized(space, from, from_end, to_end, moment);
		return;
	}
	space_forget(space, to, to_end, moment);
	add_moved(space, moving, from, old_length ? from_end : from + 1, to, to_end);
	if (old_length && !(flags & MREMAP_DONTUNMAP))
		space_forget(space, from, from_end, moment);
}

/* What another thread made writable at its new place before it was known there is not any more. */
static void protect_again(struct job *job, const struct moving *moving)
{
	const struct call *call = &job->thread->call;
	uint64_t shift = (uint64_t)job->result - call->arguments[0];

	for (size_t i = 0; i < moving->count; i++) {
		const struct range *range = &moving->ranges[i];
		uint64_t start = range->start + shift;
		struct vma vma;

		if (!range->copy && maps_find((uintptr_t)start, &vma) == MAPS_FOUND &&
		    vma.writable)
			job_call(job, call->abi->mprotect, start, range->end - range->start,
				 PROT_READ, 0, 0, 0);
	}
}

void remap(struct job *job)
{
	const struct call *call = &job->thread->call;
	struct space *space = job->thread->process->space;
	uint64_t from = call->arguments[0];
	uint64_t known_end = from + (call->arguments[1] ? span(call->arguments[1]) : 1);
	struct moving moving;
	uint64_t moment;
	bool possible;

	tracees_lock();
	moment = space->moment;
	possible = collect(&moving, space, from, known_end) && !outgrows(space, call);
	tracees_unlock();
	job->result = possible ? make_call(job, moving.converted) : -ENOMEM;
	job->has_result = true;
	tracees_lock();
	if (!job_failed(job->result))
		moved(space, call, &moving, (uint64_t)job->result, moment);
	tracees_unlock();
	if (!job_failed(job->result) && (int)call->arguments[3] & MREMAP_FIXED)
		protect_again(job, &moving);
	tracees_lock();
	release(&moving);
	tracees_unlock();
	purge_grown(job);
}
