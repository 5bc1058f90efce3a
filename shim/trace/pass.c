/* SPDX-License-Identifier: MIT */
/*
 * How a traced program's calls are made, for what both engines do with them (engine.h): by the
 * stopped thread of this worker's job.
 */
#include "engine.h"
#include "signals.h"
#include "state.h"
#include "workers.h"

#include <errno.h>
#include <sys/mman.h>

/* No code of the program's runs in the tracer's threads. */
void signals_block(struct signals *before)
{
	(void)before;
}

void signals_restore(const struct signals *before)
{
	(void)before;
}

void *engine_mmap(const struct mapping *call)
{
	(void)call;
	return (void *)job_libc_result(job_call_own(job_mine()));
}

int engine_munmap(void *addr, size_t length)
{
	(void)addr;
	(void)length;
	return (int)job_libc_result(job_call_own(job_mine()));
}

/* mprotect or pkey_mprotect, with all that the program has given it but this. */
int engine_mprotect(void *addr, size_t length, int prot, int key)
{
	struct job *job = job_mine();
	const uint64_t *its = job->thread->call.arguments;

	(void)key;
	return (int)job_libc_result(job_call(job, job->thread->call.number, (uintptr_t)addr, length,
					     (its[2] & ~(uint64_t)UINT32_MAX) | (uint32_t)prot,
					     its[3], its[4], its[5]));
}

bool engine_mprotect_is_right(int prot, int key)
{
	const struct thread *thread = job_mine()->thread;
	const struct call *call = &thread->call;
	uint64_t nowhere = (call->abi->wide ? UINT64_MAX : UINT32_MAX) - 2 * state_page() + 1;

	/* What is not made at all would be call -1 to a filter that has not seen it yet. */
	if (thread->filtered && call->number != call->abi->pkey_mprotect &&
	    !(call->arguments[2] & ~(uint64_t)(PROT_READ | PROT_WRITE | PROT_EXEC)))
		return true;
	return !engine_mprotect((void *)(uintptr_t)nowhere, state_page(), prot, key) ||
	       errno == ENOMEM;
}

bool engine_set_protection(uintptr_t start, uintptr_t end, int prot)
{
	struct job *job = job_mine();

	return !job_call(job, job->thread->call.abi->mprotect, start, end - start, (uint64_t)prot,
			 0, 0, 0);
}

void engine_madvise(uintptr_t start, size_t length, int advice)
{
	struct job *job = job_mine();

	job_call(job, job->thread->call.abi->madvise, start, length, (uint64_t)advice, 0, 0, 0);
}
