/* SPDX-License-Identifier: MIT */
/*
 * Which calls of a traced process touch what is known of it: the jobs for these let the table
 * follow what it does (track.h), and keep converted ranges from becoming writable (protect.h).
 */
#include "follow.h"

#include "inject.h"
#include "mapping.h"
#include "protect.h"
#include "purge.h"
#include "state.h"
#include "track.h"

#include <sys/mman.h>

static uint64_t span(uint64_t length)
{
	return mapping_span((size_t)length, state_page());
}

static bool touches(struct thread *thread, uint64_t start, uint64_t length)
{
	struct range range;
	bool hit;

	tracees_lock();
	hit = mm_find(thread->process->mm, (uintptr_t)start,
			 (uintptr_t)(start + span(length)), &range);
	tracees_unlock();
	return hit;
}

static void *pointer(uint64_t argument)
{
	return (void *)(uintptr_t)argument;
}

void follow_mmap(struct job *job)
{
	const struct mapping call = inject_mapping(&job->thread->call);

	/* As it is, if nothing was done yet: its thread need not come back to us. */
	if (job->thread->at == AT_ENTRY && !touches(job->thread, (uintptr_t)call.addr, call.length))
		return;
	job_returns(job, (intptr_t)track_mmap(&call));
}

static void unmap(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;

	job_returns(job, track_munmap(pointer(arguments[0]), (size_t)arguments[1]));
}

static void remap(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;

	job_returns(job, (intptr_t)track_mremap(pointer(arguments[0]), (size_t)arguments[1],
						(size_t)arguments[2], (int)arguments[3],
						pointer(arguments[4])));
	purge_grown(job);
}

static void set_protection(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;

	job_returns(job, protect(pointer(arguments[0]), (size_t)arguments[1], (int)arguments[2],
				 (int)arguments[3]));
}

/* What the call may be about: also what it may grow into. */
static bool remaps(struct thread *thread)
{
	const uint64_t *arguments = thread->call.arguments;
	uint64_t length = arguments[1] > arguments[2] ? arguments[1] : arguments[2];

	if (touches(thread, arguments[0], length ? length : 1))
		return true;
	return (int)arguments[3] & (MREMAP_FIXED | MREMAP_DONTUNMAP) &&
	       touches(thread, arguments[4], arguments[2]);
}

void (*follow_job(struct thread *thread, enum stop why))(struct job *job)
{
	const uint64_t *arguments = thread->call.arguments;
	uint64_t first = arguments[0];

	switch (why) {
	case STOP_PLACE:
		return touches(thread, first, arguments[1]) ? follow_mmap : NULL;
	case STOP_UNMAP:
		return touches(thread, first, arguments[1]) ? unmap : NULL;
	case STOP_PROTECT:
		/* Also where nothing is known yet: what is resumed may come late, or never look. */
		return first % state_page() == 0 && span(arguments[1]) ? set_protection : NULL;
	case STOP_REMAP:
		return remaps(thread) ? remap : NULL;
	default:
		return NULL;
	}
}
