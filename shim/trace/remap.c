/* SPDX-License-Identifier: MIT */
/*
 * Lets ranges move with their mappings. In a worker.
 *
 * From Linux 6.17 on one call moves several mappings, with the holes between them, and may fail
 * after some of them: these have moved. So it is not the call's result that says where a mapping
 * is, but the kernel.
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
#include "protect.h"
#include "purge.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

static uint64_t span(uint64_t length)
{
	return mapping_span((size_t)length, state_page());
}

/* Ranges kept by value, with their copies held: others may unmap them as soon as they have moved.
 */
struct kept {
	struct range *ranges;
	size_t count;
};

/* The lock is held. False if there is no memory. */
static bool keep(struct kept *kept, const struct range *range)
{
	struct range *more = realloc(kept->ranges, (kept->count + 1) * sizeof(*kept->ranges));

	if (!more)
		return false;
	kept->ranges = more;
	kept->ranges[kept->count++] = *range;
	if (range->copy)
		copy_hold(range->copy);
	return true;
}

/* The same. */
static bool keep_known(struct kept *kept, const struct space *space, uint64_t start, uint64_t end)
{
	struct range range;

	for (; space_find(space, start, end, &range); start = range.end)
		if (!keep(kept, &range))
			return false;
	return true;
}

/* Takes the lock. */
static void release(struct kept *kept)
{
	tracees_lock();
	for (size_t i = 0; i < kept->count; i++)
		if (kept->ranges[i].copy)
			copy_drop(kept->ranges[i].copy);
	tracees_unlock();
	free(kept->ranges);
}

/* One call, with ends in place of lengths. */
struct remapped {
	uint64_t from, from_end; /* of nothing, one byte: what is there is shown a second time */
	uint64_t to, to_end;	 /* where it goes, or would have gone; to 0: the kernel chooses */
	uint64_t span;		 /* bytes that are mapped there */
	bool unmaps;		 /* what moves is not at its old place afterwards */
	uint64_t withdrawn;	 /* the moment before it, by protect_moment() */
	bool there;		 /* the same file, mapped private, was to be seen there before */
};

static void go_to(struct remapped *call, uint64_t to)
{
	call->to = to;
	call->to_end = to + call->span;
}

/*
 * Of what is known where the call moves to, what stays: nothing comes to the place of a hole. Where
 * the kernel cannot be asked all may be holes.
 */
static bool keep_behind_holes(struct kept *staying, const struct kept *there,
			      const struct remapped *call)
{
	uint64_t shift = call->to - call->from;
	bool kept = true;

	for (size_t i = 0; i < there->count && kept; i++) {
		const struct range *range = &there->ranges[i];
		uint64_t next = range->start;

		while (next < range->end && kept) {
			struct range stays = *range;
			struct vma vma = { .start = UINTPTR_MAX, .end = UINTPTR_MAX };

			maps_find((uintptr_t)(next - shift), &vma);
			stays.start = next;
			if (vma.start < range->end - shift)
				stays.end = vma.start + shift;
			tracees_lock();
			kept = vma.start <= next - shift || keep(staying, &stays);
			tracees_unlock();
			next = vma.end < range->end - shift ? vma.end + shift : range->end;
		}
	}
	return kept;
}

/* What reaches from_end reaches to_end: it is the end of a mapping that mremap(2) moves. */
static void add_moved(struct space *space, const struct kept *moving, const struct remapped *call)
{
	for (size_t i = 0; i < moving->count; i++) {
		struct range moved = moving->ranges[i];
		uint64_t shift = call->to - call->from;
		uint64_t end = moved.end == call->from_end ? call->to_end : moved.end + shift;

		moved.start += shift;
		moved.origin += shift;
		moved.end = end < call->to_end ? end : call->to_end;
		if (moved.start < moved.end)
			space_add(space, &moved);
	}
}

/*
 * The same of a call that failed, or of what others have added meanwhile: only what the kernel
 * shows there; of a call that failed all, if it cannot be asked. What may be written can be the
 * program's own.
 */
static void add_what_is_there(struct job *job, const struct kept *moving,
			      const struct remapped *call, bool failed)
{
	struct space *space = job->thread->process->space;
	uint64_t shift = call->to - call->from;

	for (size_t i = 0; i < moving->count; i++) {
		struct range moved = moving->ranges[i];
		const uint64_t end = moved.end + shift;
		enum maps_answer answer;
		struct vma part;

		moved.start += shift;
		moved.origin += shift;
		for (moved.end = end; moved.start < end; moved.start = part.end, moved.end = end) {
			answer = verify_part(&moved, moved.start, &part);
			if (answer == MAPS_NONE || (answer == MAPS_UNKNOWN && !failed))
				break;
			if (answer == MAPS_FOUND && part.writable && (!failed || call->there))
				continue;
			moved.start = part.start;
			moved.end = part.end;
			if (!moved.copy && !abi_is_watched(job->thread->call.abi, moved.start))
				guard(job);
			tracees_lock();
			space_add(space, &moved);
			tracees_unlock();
			protect_again(&moved, call->withdrawn);
		}
	}
}

/* What another thread has added where the call took it away, perhaps, before it was known. */
static void follow_others(struct job *job, const struct remapped *call, uint64_t moment)
{
	struct space *space = job->thread->process->space;
	struct kept added = { NULL, 0 };

	if (!call->to || call->to == call->from)
		return;
	tracees_lock();
	if (space->moment != moment)
		keep_known(&added, space, call->from, call->from_end);
	tracees_unlock();
	add_what_is_there(job, &added, call, false);
	release(&added);
}

/* mremap(2) that left the mapping at its place and moved its end. The lock is held. */
static void resized(struct space *space, const struct remapped *call, uint64_t moment)
{
	struct range last;

	if (call->to_end < call->from_end) {
		space_forget(space, call->to_end, call->from_end, moment);
		return;
	}
	/* It was free, whatever is known. */
	space_forget(space, call->from_end, call->to_end, moment);
	if (call->to_end > call->from_end && call->unmaps &&
	    space_find(space, call->from_end - state_page(), call->from_end, &last)) {
		last.start = call->from_end;
		last.end = call->to_end;
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

/* No argument is wrong in itself. */
static bool may_be_remapped(const struct call *call)
{
	const uint64_t *arguments = call->arguments;

	return mapping_may_be_remapped((void *)(uintptr_t)arguments[0], (size_t)arguments[1],
				       (size_t)arguments[2], (int)arguments[3],
				       (void *)(uintptr_t)arguments[4], state_page());
}

/* The call could show pages of the file that the copy lacks. The lock is held. */
static bool outgrows(const struct space *space, const struct call *call)
{
	const uint64_t *arguments = call->arguments;

	return may_be_remapped(call) &&
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
	return abi_is_watched(call->abi, call->arguments[0]) &&
	       call->abi->window_end - call->arguments[0] < span(call->arguments[2]);
}

/* Several are moved only where the program says so: then without MREMAP_FIXED it is an error. */
static bool is_one_mapping(const struct call *call)
{
	struct vma vma;

	return maps_find((uintptr_t)call->arguments[0], &vma) != MAPS_FOUND ||
	       (vma.start <= call->arguments[0] &&
		vma.end - call->arguments[0] >= span(call->arguments[1]));
}

/* As the kernel does it: in its place if that can be, else somewhere, which is in the window. */
static int64_t move_in_window(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;
	int flags = (int)arguments[3];
	int64_t result = -ENOMEM;
	uint64_t place;

	if (flags & MREMAP_DONTUNMAP && !is_one_mapping(&job->thread->call))
		return job_call_own(job);
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
	if (flags & MREMAP_FIXED ? !abi_is_watched(call->abi, call->arguments[4]) :
				   leaves_window(call))
		guard(job);
	return job_call_own(job);
}

static bool is_converted(const struct kept *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		if (!kept->ranges[i].copy)
			return true;
	return false;
}

/* The lock is held. */
static void moved(struct space *space, const struct remapped *call, const struct kept *moving,
		  const struct kept *staying, uint64_t moment)
{
	uint64_t at = call->to;

	for (size_t i = 0; i < staying->count; i++) {
		space_forget(space, at, staying->ranges[i].start, moment);
		at = staying->ranges[i].end;
	}
	space_forget(space, at, call->to_end, moment);
	add_moved(space, moving, call);
	if (call->unmaps)
		space_forget(space, call->from, call->from_end, moment);
}

/* It may have moved some, and unmapped more to have room for them. */
static void failed(struct job *job, const struct remapped *call, const struct kept *moving,
		   uint64_t moment)
{
	if (!call->to)
		return;
	add_what_is_there(job, moving, call, true);
	verify_known(call->to, call->to_end, moment);
	verify_known(call->from, call->from_end, moment);
}

static void succeeded(struct job *job, struct remapped *call, const struct kept *moving,
		      const struct kept *staying, uint64_t moment)
{
	struct space *space = job->thread->process->space;
	bool fixed = call->to;
	struct kept shown = { NULL, 0 };

	go_to(call, (uint64_t)job->result);
	follow_others(job, call, moment);
	tracees_lock();
	if (call->to == call->from)
		resized(space, call, moment);
	else
		moved(space, call, moving, staying, moment);
	if (fixed || protect_moment() != call->withdrawn)
		keep_known(&shown, space, call->to, call->to_end);
	tracees_unlock();
	for (size_t i = 0; i < shown.count; i++)
		protect_again(&shown.ranges[i], call->withdrawn);
	release(&shown);
}

static bool shows_the_same(const struct remapped *call, const struct kept *moving)
{
	for (size_t i = 0; i < moving->count; i++) {
		struct range range = moving->ranges[i];
		struct vma part;

		range.start += call->to - call->from;
		range.end += call->to - call->from;
		if (verify_part(&range, range.start, &part) == MAPS_FOUND)
			return true;
	}
	return false;
}

void remap(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;
	struct space *space = job->thread->process->space;
	int flags = (int)arguments[3];
	struct remapped call = {
		.from = arguments[0],
		.from_end = arguments[0] + (arguments[1] ? span(arguments[1]) : 1),
		.span = span(arguments[2]),
		.unmaps = arguments[1] && !(flags & MREMAP_DONTUNMAP),
		.withdrawn = protect_moment(),
	};
	struct kept moving = { NULL, 0 }, there = { NULL, 0 }, staying = { NULL, 0 };
	uint64_t moment;
	bool possible;

	if (flags & MREMAP_FIXED)
		go_to(&call, arguments[4]);
	tracees_lock();
	moment = space->moment;
	possible = keep_known(&moving, space, call.from, call.from_end) &&
		   !outgrows(space, &job->thread->call);
	/* Several mappings are moved by such a call only. */
	if (possible && call.to && call.span == call.from_end - call.from)
		possible = keep_known(&there, space, call.to, call.to_end);
	tracees_unlock();
	possible = possible && keep_behind_holes(&staying, &there, &call);
	call.there = call.to && shows_the_same(&call, &moving);
	job->result = possible ? make_call(job, is_converted(&moving)) : -ENOMEM;
	job->has_result = true;
	if (!job_failed(job->result))
		succeeded(job, &call, &moving, &staying, moment);
	else if (possible && may_be_remapped(&job->thread->call))
		failed(job, &call, &moving, moment);
	release(&moving);
	release(&there);
	release(&staying);
	purge_grown(job);
}
