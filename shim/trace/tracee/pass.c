/* SPDX-License-Identifier: MIT */
/*
 * Makes the calls that both engines pass on (engine.h): the stopped thread of this worker's job
 * makes them.
 *
 * A filter must see a converted range wherever it moves. If the kernel may choose the place, the
 * range moves within the window; a place that the program chooses needs the second filter.
 */
#include "engine.h"
#include "guard.h"
#include "maps.h"
#include "signals.h"
#include "state.h"
#include "window.h"

#include <errno.h>
#include <sys/mman.h>

/* The tracer's threads run no signal handlers of the program. */
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
	return (void *)kernel_as_libc(job_call_own(job_mine()));
}

int engine_munmap(void *addr, size_t length)
{
	(void)addr, (void)length;
	return (int)kernel_as_libc(job_call_own(job_mine()));
}

void engine_unmap(const void *addr, size_t length)
{
	struct job *job = job_mine();

	job_call(job, job->thread->call.abi->munmap, (uintptr_t)addr, length, 0, 0, 0, 0);
}

/* Repeats the program's mprotect or pkey_mprotect with another addr, length and prot. */
int engine_mprotect(void *addr, size_t length, int prot, int key)
{
	struct job *job = job_mine();
	const uint64_t *its = job->thread->call.arguments;

	(void)key;
	return (int)kernel_as_libc(job_call(job, job->thread->call.number, (uintptr_t)addr, length,
					     (its[2] & ~(uint64_t)UINT32_MAX) | (uint32_t)prot,
					     its[3], its[4], its[5]));
}

bool engine_mprotect_is_right(int prot, int key)
{
	const struct thread *thread = job_mine()->thread;
	const struct call *call = &thread->call;
	uint64_t nowhere = (call->abi->wide ? UINT64_MAX : UINT32_MAX) - 2 * state_page() + 1;

	/*
	 * A valid call that all filters have seen needs no probe. Other filters see the probe in
	 * place of the call; if the call were just skipped, they would see call -1.
	 */
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

static int64_t call_with(struct job *job, int flags, uint64_t to)
{
	const struct call *call = &job->thread->call;

	return job_call(job, call->number, call->arguments[0], call->arguments[1],
			call->arguments[2], (uint64_t)flags, to, 0);
}

/* True if the mapping would grow out of the window, where the first filter does not look. */
static bool leaves_window(const struct call *call)
{
	return abi_is_watched(call->abi, call->arguments[0]) &&
	       call->abi->window_end - call->arguments[0] < job_span(call->arguments[2]);
}

/* The kernel moves several mappings only with MREMAP_FIXED; without it that is an error. */
static bool is_one_mapping(const struct call *call)
{
	struct vma vma;

	return maps_find((uintptr_t)call->arguments[0], &vma) != MAPS_FOUND ||
	       (vma.start <= call->arguments[0] &&
		vma.end - call->arguments[0] >= job_span(call->arguments[1]));
}

/* Moves as the kernel does: keeps the place if it can, else takes another one in the window. */
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
	place = window_reserve(job, job_span(arguments[2]));
	if (!place) {
		guard(job);
		return call_with(job, flags, 0);
	}
	result = call_with(job, flags | MREMAP_FIXED, place);
	if (kernel_failed(result))
		job_call(job, job->thread->call.abi->munmap, place, arguments[2], 0, 0, 0, 0);
	return result;
}

/* With an old size of 0, a private mapping cannot be duplicated: EINVAL. */
static int64_t make(struct job *job, bool converted)
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

/* All arguments are those of the job's call. */
void *engine_mremap(void *old, size_t old_length, size_t length, int flags, void *addr,
		    bool converted)
{
	(void)old, (void)old_length, (void)length, (void)flags, (void)addr;
	return (void *)kernel_as_libc(make(job_mine(), converted));
}
