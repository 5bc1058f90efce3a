/* SPDX-License-Identifier: MIT */
/*
 * The way of one candidate of a traced program: does its filesystem refuse it? -> serve.h ->
 * convert or buffer. The main thread picks the job, and a worker does it.
 */
#include "candidate.h"

#include "follow.h"
#include "inject.h"
#include "mounts.h"
#include "probe.h"
#include "purge.h"
#include "serve.h"
#include "state.h"
#include "subject.h"
#include "track.h"

#include <sys/mman.h>
#include <unistd.h>

/*
 * Asked of a mapping of our own: what the kernel says of the program's is no different, and an
 * answer to the program would have unmapped what is at its address.
 */
static bool is_refused(const struct mapping *call, int fd)
{
	int flags = call->flags & ~(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_POPULATE | MAP_LOCKED);
	int error = probe(call, flags, fd);

	if (mapping_type_may_be_unknown(flags, error))
		error = probe(call, mapping_known_flags(flags), fd);
	if (!error && call->kind == MAPPING_PRIVATE)
		mounts_remember(fd);
	return mapping_errno_refuses(error);
}

/* With the kernel's answer, or before it was asked (serve.h). */
static void *serve_file(const struct mapping *call, int fd, bool untried)
{
	void *result = MAP_FAILED;
	struct file file;

	if (!file_look(&file, fd))
		return result;
	result = serve(call, &file, false, untried);
	file_done(&file);
	return result;
}

static struct mapping mapping_asked_for(const struct thread *thread)
{
	struct mapping call = inject_mapping(&thread->call);

	if (!mapping_is_candidate(call.prot, call.flags))
		call.kind = MAPPING_PRIVATE;
	return call;
}

static void candidate(struct job *job)
{
	const struct mapping call = mapping_asked_for(job->thread);
	void *result = MAP_FAILED;
	int fd = subject_file(call.fd);

	if (fd >= 0 && state_any_always() && call.kind == MAPPING_SHARED)
		result = serve_file(&call, fd, true);
	if (fd >= 0 && result == MAP_FAILED && is_refused(&call, fd))
		result = serve_file(&call, fd, false);
	if (fd >= 0)
		close(fd);
	if (result != MAP_FAILED) {
		job->has_result = true;
		job->result = (int64_t)(uintptr_t)result;
		purge_grown(job);
	} else {
		/* Left: it is told what the kernel says, and takes what it may replace. */
		follow_mmap(job);
	}
}

/*
 * Made as it is, and looked at afterwards: to try it on a page of our own would tell the program's
 * other threads (F_SEAL_WRITE), and the kernel's answer is the same.
 */
static void written(struct job *job)
{
	const struct mapping call = inject_mapping(&job->thread->call);
	struct file file;
	int fd;

	job_returns(job, (intptr_t)track_mmap(&call));
	if (!job_failed(job->result) || !mapping_errno_refuses((int)-job->result))
		return;
	fd = subject_file(call.fd);
	if (fd < 0)
		return;
	if (file_look(&file, fd)) {
		serve_written(&file, (int)-job->result);
		file_done(&file);
	}
	close(fd);
}

void (*candidate_job(struct thread *thread, enum stop why))(struct job *job)
{
	struct mapping call;

	/* Where two filters stop a call, the last one says why (seccomp(2)). */
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
