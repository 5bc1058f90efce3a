/* SPDX-License-Identifier: MIT */
/*
 * Lets the table of a traced process follow what it does, and keeps converted ranges from becoming
 * writable.
 *
 * The table changes after the call, and forgets only what it knew before: what was mapped at the
 * same address by another thread in between stays.
 */
#include "follow.h"

#include "mapping.h"
#include "protect.h"
#include "remap.h"
#include "ranges.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <sys/mman.h>

static uint64_t span(uint64_t length)
{
	return mapping_span((size_t)length, state_page());
}

/* The main thread's, which has no job. */
static bool touches(struct thread *thread, uint64_t start, uint64_t length)
{
	struct range range;
	bool hit;

	tracees_lock();
	hit = space_find(thread->process->space, start, start + span(length), &range);
	tracees_unlock();
	return hit;
}

/* The job's call has returned this, or -1 with an errno. */
static void job_returns(struct job *job, intptr_t result)
{
	job->has_result = true;
	job->result = result == -1 ? -errno : result;
}

/* Of a call that failed the kernel is asked what is left: it may have done a part. */
static void follow(uint64_t start, uint64_t length, int64_t result, uint64_t moment)
{
	if (job_failed(result))
		verify_known(start, start + span(length), moment);
	else
		ranges_forget(start, start + span(length), moment);
}

void follow_mmap(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;
	uint64_t moment = ranges_moment();
	int64_t result;

	/* As it is, if nothing was done yet: its thread need not come back to us. */
	if (job->thread->at == AT_ENTRY && !touches(job->thread, arguments[0], arguments[1]))
		return;
	result = job_call_own(job);
	/* Also where it was given the place of a range that was gone unseen (filter.h). */
	follow(job_failed(result) ? arguments[0] : (uint64_t)result, arguments[1], result,
	       moment);
}

static void unmap(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;
	uint64_t moment = ranges_moment();

	follow(arguments[0], arguments[1], job_call_own(job), moment);
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

static void job_protect(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;

	job_returns(job, protect((void *)(uintptr_t)arguments[0], (size_t)arguments[1],
				 (int)arguments[2], (int)arguments[3]));
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
		return first % state_page() == 0 && span(arguments[1]) ? job_protect : NULL;
	case STOP_REMAP:
		return remaps(thread) ? remap : NULL;
	default:
		return NULL;
	}
}
