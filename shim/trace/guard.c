/* SPDX-License-Identifier: MIT */
/*
 * Adds a filter to a traced process, in a worker.
 */
#include "guard.h"

#include "filter.h"
#include "scratch.h"
#include "settle.h"
#include "state.h"

#include <linux/seccomp.h>
#include <string.h>

/* One thread of a process at a time: one filter is enough. True if it has that already. */
static bool begin_guarding(struct process *process)
{
	bool guarded;

	tracees_lock();
	while (process->guarding)
		tracees_wait();
	process->guarding = true;
	guarded = process->guarded;
	tracees_unlock();
	return guarded;
}

static void end_guarding(struct process *process, bool guarded)
{
	tracees_lock();
	process->guarding = false;
	process->guarded = guarded;
	tracees_wake();
	tracees_unlock();
}

bool has_filters_of_its_own(const struct job *job)
{
	bool has;

	tracees_lock();
	has = job->thread->process->filters;
	tracees_unlock();
	return has;
}

/* struct sock_fprog and its code, as the program's ABI has it. */
static size_t lay_out(unsigned char *bytes, const struct filter *filter, const struct abi *abi,
		      uint64_t at)
{
	size_t head = abi->wide ? 16 : 8;
	size_t size = filter->length * sizeof(filter->code[0]);
	uint64_t code = at + head;

	memset(bytes, 0, head);
	memcpy(bytes, &filter->length, sizeof(filter->length));
	memcpy(bytes + head / 2, &code, head / 2); /* all our ABIs are little endian */
	memcpy(bytes + head, filter->code, size);
	return head + size;
}

static bool add_filter(struct job *job)
{
	const struct abi *abi = job->thread->call.abi;
	unsigned char bytes[16 + FILTER_ROOM * sizeof(struct sock_filter)];
	struct filter filter;
	uint64_t scratch = scratch_open(job, "", 1);
	int64_t result = -1;

	if (!scratch)
		return false;
	filter_guard(&filter);
	if (scratch_write(job, scratch, bytes, lay_out(bytes, &filter, abi, scratch)))
		result = job_call(job, abi->seccomp, SECCOMP_SET_MODE_FILTER,
				  SECCOMP_FILTER_FLAG_TSYNC, scratch, 0, 0, 0);
	scratch_close(job, scratch);
	return result == 0;
}

/* A program that has filters of its own may not like calls that it does not make. */
static bool may_be_filtered(const struct job *job)
{
	return job->thread->process->mm->users == 1 && !has_filters_of_its_own(job);
}

void guard(struct job *job)
{
	struct process *process = job->thread->process;
	bool guarded = begin_guarding(process);

	if (!guarded && !process->mm->watched) {
		guarded = may_be_filtered(job) && add_filter(job);
		if (!guarded)
			job_watch(job);
		settle(job);
	}
	end_guarding(process, guarded);
}
