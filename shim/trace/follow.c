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
#include "remap.h"
#include "serve.h"
#include "ranges.h"
#include "state.h"
#include "verify.h"
#include "withdraw.h"

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

/*
 * A copy is denied writing by the kernel; a converted range PROT_EXEC, as its file is.
 */
static bool may_deny(const struct range *range, int prot)
{
	if (range->copy)
		return prot & PROT_EXEC && range->no_exec;
	return prot & PROT_WRITE;
}

/* The lowest address in [start, end) that must not get prot, 0 if there is none. */
static uint64_t first_denied(uint64_t start, uint64_t end, int prot)
{
	uint64_t moment = ranges_moment();
	struct range range;

	for (; ranges_find_whole(start, end, &range); start = range.end) {
		uint64_t from = range.start > start ? range.start : start;
		uint64_t to = range.end < end ? range.end : end;
		uint64_t denied;

		if (!may_deny(&range, prot))
			continue;
		denied = verify_within(&range, from, to);
		if (denied)
			return denied;
		ranges_forget(from, to, moment);
	}
	return 0;
}

static void deny(struct job *job, uint64_t start, uint64_t end, int prot)
{
	job->has_result = true;
	job->result = -EACCES;
	serve_denied((uintptr_t)start, (uintptr_t)end, prot);
}

/* What the kernel would say before it looks at the rights of what is at denied; 0: nothing. */
static int64_t fails_before(struct job *job, uint64_t denied)
{
	const struct call *call = &job->thread->call;
	/* Where nothing can be mapped, only ENOMEM is right: keys and bits are tried there. */
	uint64_t nowhere = (call->abi->wide ? UINT64_MAX : UINT32_MAX) - 2 * state_page() + 1;
	uint64_t start = call->arguments[0];
	int64_t result;

	if (denied > start)
		return job_call(job, call->number, start, denied - start, call->arguments[2],
				call->arguments[3], 0, 0);
	/* No range of ours grows: EINVAL, before any right is looked at, but not in gVisor. */
	if (call->arguments[2] & (PROT_GROWSDOWN | PROT_GROWSUP)) {
		result = job_call(job, call->number, start, call->arguments[1],
				  call->arguments[2] & ~(uint64_t)(PROT_WRITE | PROT_EXEC),
				  call->arguments[3], 0, 0);
		if (result)
			return result;
	}
	/* What is not made at all would be call -1 to a filter that has not seen it yet. */
	if (job->thread->filtered && call->number != call->abi->pkey_mprotect &&
	    !(call->arguments[2] & ~(uint64_t)(PROT_READ | PROT_WRITE | PROT_EXEC)))
		return 0;
	result = job_call(job, call->number, nowhere, state_page(), call->arguments[2],
			  call->arguments[3], 0, 0);
	return result == -ENOMEM ? 0 : result;
}

/*
 * Another thread may have had a range put there between our look and the kernel's deed: then the
 * deed is undone, and it is as if the other had come first. A call that failed has done a part, and
 * its error is the program's.
 */
static void look_again(struct job *job, uint64_t start, uint64_t end, uint64_t moment)
{
	int prot = (int)job->thread->call.arguments[2];
	struct range range;
	uint64_t denied;

	if (ranges_moment() == moment)
		return;
	denied = first_denied(start, end, prot);
	if (!denied)
		return;
	for (start = denied; ranges_find(start, end, &range); start = range.end)
		if (may_deny(&range, prot))
			withdraw(job, &range, prot & ~(range.copy ? PROT_EXEC : PROT_WRITE));
	if (!job_failed(job->result))
		deny(job, denied, end, prot);
}

/* As the kernel does it with shared mappings: what lies before is changed, and may fail first. */
static void protect(struct job *job)
{
	const struct call *call = &job->thread->call;
	uint64_t moment = ranges_moment();
	uint64_t start = call->arguments[0];
	uint64_t end = start + span(call->arguments[1]);
	int prot = (int)call->arguments[2];
	uint64_t denied = first_denied(start, end, prot);

	if (!denied) {
		job_call_own(job);
		look_again(job, start, end, moment);
	} else {
		job->result = fails_before(job, denied);
		job->has_result = true;
		look_again(job, start, denied, moment);
		if (!job->result)
			deny(job, denied, end, prot);
	}
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
		return first % state_page() == 0 && span(arguments[1]) ? protect : NULL;
	case STOP_REMAP:
		return remaps(thread) ? remap : NULL;
	default:
		return NULL;
	}
}
