/*
 * Lets the table of a traced process follow what it does, and keeps converted ranges from becoming
 * writable. Called by served.c. Everything is seen here, so nothing needs to be asked of the kernel.
 *
 * The table changes after the call, and forgets only what it knew before: what was mapped at the
 * same address by another thread in between stays.
 */
#include "follow.h"

#include "copies.h"
#include "guard.h"
#include "mapping.h"
#include "serve.h"
#include "served.h"
#include "state.h"
#include "subject.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

static uint64_t span(uint64_t length)
{
	return mapping_span((size_t)length, state_page());
}

static bool touches(struct thread *thread, uint64_t start, uint64_t length)
{
	struct range range;
	bool found;

	tracees_lock();
	found = space_find(thread->process->space, start, start + span(length), &range);
	tracees_unlock();
	return found;
}

static uint64_t moment_of(struct space *space)
{
	uint64_t moment;

	tracees_lock();
	moment = space->moment;
	tracees_unlock();
	return moment;
}

/* The job's own call, which unmaps [start, start + length) if it succeeds. */
static void unmapping(struct job *job, uint64_t start, uint64_t length, bool is_mmap)
{
	struct space *space = job->thread->process->space;
	uint64_t moment = moment_of(space);
	int64_t result = job_call_own(job);

	if (is_mmap ? result != (int64_t)start : result)
		return;
	tracees_lock();
	space_forget(space, start, start + span(length), moment);
	tracees_unlock();
}

void follow_mmap(struct job *job)
{
	struct mapping call = served_mapping(&job->thread->call);

	/* As it is, if nothing was done yet: its thread need not come back to us. */
	if (job->thread->at == AT_ENTRY && (!mapping_replaces(call.flags) ||
	    !touches(job->thread, (uintptr_t)call.addr, call.length)))
		return;
	if (mapping_replaces(call.flags))
		unmapping(job, (uintptr_t)call.addr, call.length, true);
	else
		job_call_own(job);
}

static void unmap(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;

	unmapping(job, arguments[0], arguments[1], false);
}

/*
 * A copy is denied writing by the kernel; a converted range PROT_EXEC, as its file is.
 */
static bool may_deny(const struct range *range, int prot)
{
	if (range->copy)
		return prot & PROT_EXEC && range->copy->no_exec;
	return prot & PROT_WRITE;
}

/* The lowest address in [start, end) that must not get prot, 0 if there is none. */
static uint64_t first_denied(struct thread *thread, uint64_t start, uint64_t end, int prot)
{
	struct range range;
	uint64_t denied = 0;

	tracees_lock();
	for (; !denied && space_find(thread->process->space, start, end, &range); start = range.end)
		if (may_deny(&range, prot))
			denied = range.start;
	tracees_unlock();
	return denied;
}

/* As the kernel does it with shared mappings: what lies before is changed, and may fail first. */
static void protect(struct job *job)
{
	const struct call *call = &job->thread->call;
	uint64_t start = call->arguments[0];
	uint64_t end = start + span(call->arguments[1]);
	int prot = (int)call->arguments[2];
	uint64_t denied = first_denied(job->thread, start, end, prot);
	/* Where nothing can be mapped, only ENOMEM is right: other arguments are tried there. */
	uint64_t nowhere = (call->abi->wide ? UINT64_MAX : UINT32_MAX) - 2 * state_page() + 1;
	bool before = denied > start;

	if (!denied || (denied == start && prot & (PROT_GROWSDOWN | PROT_GROWSUP))) {
		job_call_own(job);
		return;
	}
	job->has_result = true;
	job->result = job_call(job, call->number, before ? start : nowhere,
			       before ? denied - start : state_page(), (uint64_t)prot,
			       call->arguments[3], 0, 0);
	if (before ? job->result : job->result != -ENOMEM)
		return;
	job->result = -EACCES;
	subject_set(job->thread);
	serve_denied((uintptr_t)denied, (uintptr_t)end, prot);
	subject_set(NULL);
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
	} else if (end > old_end && old_end > start &&
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
	if (flags & MREMAP_FIXED)
		space_forget(space, to, to_end, moment);
	add_moved(space, moving, from, old_length ? from_end : from + 1, to, to_end);
	if (old_length && !(flags & MREMAP_DONTUNMAP))
		space_forget(space, from, from_end, moment);
}

/* The lock is held. */
static bool may_be_moved(const struct space *space, const struct call *call)
{
	const uint64_t *arguments = call->arguments;
	void *from = (void *)(uintptr_t)arguments[0];
	void *to = (void *)(uintptr_t)arguments[4];

	return !mapping_may_be_remapped(from, (size_t)arguments[1], (size_t)arguments[2],
					(int)arguments[3], to, state_page()) ||
	       !outgrows_copy(space, arguments[0], arguments[0] + span(arguments[1]),
			      arguments[0] + span(arguments[2]));
}

static void remap(struct job *job)
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
	possible = collect(&moving, space, from, known_end) && may_be_moved(space, call);
	tracees_unlock();
	/* Wherever it goes, it must be guarded there. Out of memory is an answer, too. */
	if (possible && moving.converted && (int)call->arguments[3] & MREMAP_MAYMOVE)
		possible = guard(job);
	if (possible) {
		job_call_own(job);
	} else {
		job->has_result = true;
		job->result = -ENOMEM;
	}
	tracees_lock();
	if (!job_failed(job->result))
		moved(space, call, &moving, (uint64_t)job->result, moment);
	release(&moving);
	tracees_unlock();
}

void (*follow_job(struct thread *thread, enum stop why))(struct job *job)
{
	const uint64_t *arguments = thread->call.arguments;
	uint64_t first = arguments[0];

	switch (why) {
	case STOP_PLACE:
		return mapping_replaces((int)arguments[3]) && touches(thread, first, arguments[1]) ?
			       follow_mmap :
			       NULL;
	case STOP_UNMAP:
		return touches(thread, first, arguments[1]) ? unmap : NULL;
	case STOP_PROTECT:
		return first % state_page() == 0 && span(arguments[1]) &&
				       touches(thread, first, arguments[1]) ?
			       protect :
			       NULL;
	case STOP_REMAP:
		/* Of old size 0 shows what is there a second time. */
		return touches(thread, first, arguments[1] ? arguments[1] : 1) ||
				       ((int)arguments[3] & MREMAP_FIXED &&
					touches(thread, arguments[4], arguments[2])) ?
			       remap :
			       NULL;
	default:
		return NULL;
	}
}
