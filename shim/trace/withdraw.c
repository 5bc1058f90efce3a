/* SPDX-License-Identifier: MIT */
/*
 * Takes rights away from ranges of a traced process. In a worker.
 */
#include "withdraw.h"

#include "verify.h"

#include <stdatomic.h>
#include <sys/mman.h>

enum { KEEP_KNOWN = -1, TRIES = 8 };

static bool set(struct job *job, uint64_t start, uint64_t end, int prot)
{
	return !job_call(job, job->thread->call.abi->mprotect, start, end - start, (uint64_t)prot,
			 0, 0, 0);
}

/*
 * How often withdraw() has begun and ended, of any process. A mapping that is moved between its
 * two calls takes along what the second is to drop, so who moves one compares.
 */
static _Atomic uint64_t begun, ended;

uint64_t withdraw_moment(void)
{
	return atomic_load(&ended);
}

static void drop(struct job *job, uint64_t start, uint64_t end)
{
	job_call(job, job->thread->call.abi->madvise, start, end - start, MADV_DONTNEED, 0, 0, 0);
}

static void take_back(struct job *job, const struct range *range, int rest)
{
	uint64_t at = range->start;
	enum maps_answer answer;
	struct vma part;
	int tries = 0;

	while (at < range->end && (answer = verify_part(range, at, &part)) != MAPS_NONE) {
		bool has = range->copy ? part.executable : part.writable;
		int keeps = rest;
		bool done;

		if (rest == KEEP_KNOWN)
			keeps = part.executable ? PROT_READ | PROT_EXEC : PROT_READ;
		if (rest == KEEP_KNOWN && answer == MAPS_UNKNOWN)
			break;
		done = !has || set(job, part.start, part.end, keeps);

		if (has && answer == MAPS_FOUND && !range->copy)
			drop(job, part.start, part.end);
		/* What is unmapped at this moment stops the call in front of what is not. */
		if (done || ++tries == TRIES)
			at = part.end;
	}
}

void withdraw(struct job *job, const struct range *range, int rest)
{
	atomic_fetch_add(&begun, 1);
	take_back(job, range, rest);
	atomic_fetch_add(&ended, 1);
}

void withdraw_moved(struct job *job, const struct range *range, uint64_t moment)
{
	bool others = atomic_load(&begun) != moment;

	if (range->copy)
		return;
	take_back(job, range, KEEP_KNOWN);
	if (others)
		drop(job, range->start, range->end);
}

void withdraw_all(struct job *job, const struct range *range, int prot)
{
	bool done = set(job, range->start, range->end, prot);

	drop(job, range->start, range->end);
	if (!done)
		take_back(job, range, prot);
}
