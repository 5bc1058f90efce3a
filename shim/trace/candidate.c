/* SPDX-License-Identifier: MIT */
/*
 * Acts on a call that the filter stopped. If a filesystem refuses a candidate, which a mapping in
 * the tracer shows, serve.h converts or buffers it. If a call touches a known range, the table
 * follows the call (track.h), and converted ranges do not become writable (protect.h). The main
 * thread picks the job, and a worker does it.
 */
#include "candidate.h"

#include "engine.h"
#include "inject.h"
#include "kernel.h"
#include "mounts.h"
#include "protect.h"
#include "purge.h"
#include "serve.h"
#include "state.h"
#include "subject.h"
#include "text.h"
#include "track.h"
#include "window.h"

#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * If /etc/ld.so.preload has loaded libprivmap.so into this process as well, libc's mmap(2) would
 * serve the mapping, and hide the kernel's answer: then the tracer makes the system calls itself.
 */
static int is_library(struct dl_phdr_info *info, size_t size, void *none)
{
	(void)size;
	(void)none;
	return strcmp(last_component(info->dlpi_name), "libprivmap.so") == 0;
}

static bool is_served(void)
{
	/* -1: unknown. Workers may set it at the same time; all find the same. */
	static _Atomic int served = -1;

	if (atomic_load(&served) < 0)
		atomic_store(&served, dl_iterate_phdr(is_library, NULL));
	return atomic_load(&served);
}

int candidate_probe(const struct mapping *call, int flags, int fd)
{
	void *page;

	if (is_served()) {
		page = (void *)KERNEL_MMAP(NULL, state_page(), call->prot, flags, fd, call->offset);
		if (kernel_failed((word)page))
			return (int)-(word)page;
		kernel(SYS_munmap, page, state_page());
		return 0;
	}
	page = mmap(NULL, state_page(), call->prot, flags, fd, (off_t)call->offset);
	if (page == MAP_FAILED)
		return errno;
	munmap(page, state_page());
	return 0;
}

/*
 * Tries a mapping in the tracer: the kernel answers it as it would answer the program's. In the
 * program, a refused MAP_FIXED call would already have unmapped its place.
 */
static bool is_refused(const struct mapping *call, int fd)
{
	int flags = call->flags & ~(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_POPULATE | MAP_LOCKED);
	int error = candidate_probe(call, flags, fd);

	if (mapping_type_may_be_unknown(flags, error))
		error = candidate_probe(call, mapping_known_flags(flags), fd);
	if (!error && call->kind == MAPPING_PRIVATE)
		mounts_remember(fd);
	return mapping_errno_refuses(error);
}

static struct mapping mapping_asked_for(const struct thread *thread)
{
	struct mapping call = inject_mapping(&thread->call);

	if (!mapping_is_candidate(call.prot, call.flags))
		call.kind = MAPPING_PRIVATE;
	return call;
}

static bool touches(struct thread *thread, uint64_t start, uint64_t length)
{
	struct range range;
	bool hit;

	tracees_lock();
	hit = mm_find(thread->process->mm, (uintptr_t)start, (uintptr_t)(start + job_span(length)),
		      &range);
	tracees_unlock();
	return hit;
}

static void *pointer(uint64_t argument)
{
	return (void *)(uintptr_t)argument;
}

/* Makes an mmap unchanged, and forgets what was known of its place. */
static void follow_mmap(struct job *job)
{
	const struct mapping call = inject_mapping(&job->thread->call);

	/*
	 * If the job has made no call and nothing is known, the thread goes on without another
	 * stop.
	 */
	if (job->thread->at == AT_BEGIN && !touches(job->thread, (uintptr_t)call.addr, call.length))
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

static void change_protection(struct job *job)
{
	const uint64_t *arguments = job->thread->call.arguments;

	job_returns(job, protect(pointer(arguments[0]), (size_t)arguments[1], (int)arguments[2],
				 (int)arguments[3]));
}

static void candidate(struct job *job)
{
	const struct mapping call = mapping_asked_for(job->thread);
	void *result = MAP_FAILED;
	int fd = subject_file(call.fd);

	if (fd >= 0 && state_any_always() && call.kind == MAPPING_SHARED)
		result = serve(&call, fd, false, true);
	if (fd >= 0 && result == MAP_FAILED && is_refused(&call, fd))
		result = serve(&call, fd, false, false);
	if (fd >= 0)
		close(fd);
	if (result != MAP_FAILED) {
		job->has_result = true;
		job->result = (int64_t)(uintptr_t)result;
		purge_grown(job);
	} else {
		/*
		 * Not served: the program gets the kernel's answer, and a MAP_FIXED call replaces
		 * its place.
		 */
		follow_mmap(job);
	}
}

/*
 * Makes the call unchanged, and looks at the answer. A trial mapping in the tracer would be visible
 * to the program's other threads: F_SEAL_WRITE fails while a file is mapped writable.
 */
static void written(struct job *job)
{
	const struct mapping call = inject_mapping(&job->thread->call);
	int fd;

	job_returns(job, (intptr_t)track_mmap(&call));
	if (!kernel_failed(job->result) || !mapping_errno_refuses((int)-job->result))
		return;
	fd = subject_file(call.fd);
	if (fd < 0)
		return;
	serve_written(fd, (int)-job->result);
	close(fd);
}

/* True if the call may touch a known range, also one that it may grow into. */
static bool remaps(struct thread *thread)
{
	const uint64_t *arguments = thread->call.arguments;
	uint64_t length = arguments[1] > arguments[2] ? arguments[1] : arguments[2];

	if (touches(thread, arguments[0], length ? length : 1))
		return true;
	return (int)arguments[3] & (MREMAP_FIXED | MREMAP_DONTUNMAP) &&
	       touches(thread, arguments[4], arguments[2]);
}

/* Chooses the job for a call that may touch known ranges. */
static void (*follow_job(struct thread *thread, enum stop why))(struct job *job)
{
	const uint64_t *arguments = thread->call.arguments;
	uint64_t first = arguments[0];

	switch (why) {
	case STOP_PLACE:
		return touches(thread, first, arguments[1]) ? follow_mmap : NULL;
	case STOP_UNMAP:
		return touches(thread, first, arguments[1]) ? unmap : NULL;
	case STOP_PROTECT:
		/*
		 * Also where no range is known: another thread's conversion may become known after
		 * this check.
		 */
		return first % state_page() == 0 && job_span(arguments[1]) ? change_protection :
									     NULL;
	case STOP_REMAP:
		return remaps(thread) ? remap : NULL;
	default:
		return NULL;
	}
}

void (*candidate_job(struct thread *thread, enum stop why))(struct job *job)
{
	struct mapping call;

	/* If two filters stop a call, the last one gives the reason (seccomp(2)). */
	if (why != STOP_CANDIDATE && why != STOP_WRITTEN && why != STOP_PLACE)
		return follow_job(thread, why);
	call = mapping_asked_for(thread);
	if (filter_is_candidate(call.prot, call.flags) && call.fd >= 0 &&
	    mapping_is_well_formed(&call, state_page()) &&
	    !(call.kind == MAPPING_PRIVATE && mounts_map(thread, call.fd)))
		return candidate;
	if (serve_tells() && mapping_is_written(call.prot, call.flags) &&
	    mapping_is_well_formed(&call, state_page()))
		return written;
	return follow_job(thread, STOP_PLACE);
}
