/* SPDX-License-Identifier: MIT */
/*
 * A page of a traced program's memory.
 *
 * Each memory keeps one, because mapping and unmapping it costs four stops. It lies in the window,
 * among the copies, and is a known range: whatever the program does to its addresses stops the
 * program and removes the page from the table. So the tracer never writes to the program's own
 * memory. A forked child inherits page and range.
 */
#include "scratch.h"

#include "copies.h"
#include "state.h"
#include "window.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * Ranges of such pages show this copy, which has no file and is never dropped. Only read after
 * start, except for its count of holders, under the lock of tracees.h.
 */
static struct copy page_of_ours = { .holders = 1, .fd = -1 };

/*
 * Where process_vm_writev(2) is forbidden (Docker's default), /proc/PID/mem still works: ptrace(2)
 * allows it.
 */
bool scratch_write(const struct job *job, uint64_t to, const void *bytes, size_t size)
{
	struct iovec ours = { (void *)bytes, size };
	struct iovec its = { (void *)(uintptr_t)to, size };
	char name[40];
	ssize_t count;
	int fd;

	if (process_vm_writev(job->thread->id, &ours, 1, &its, 1, 0) == (ssize_t)size)
		return true;
	snprintf(name, sizeof(name), "/proc/%d/mem", job->thread->id);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	count = pwrite(fd, bytes, size, (off_t)to);
	close(fd);
	return count == (ssize_t)size;
}

static struct scratch *scratch_of(const struct job *job)
{
	return &job->thread->process->mm->scratch[job->thread->call.abi - abi_all()];
}

/* The lock is held. */
static bool is_there(const struct job *job, uint64_t page)
{
	struct range range;

	return page && mm_find(job->thread->process->mm, page, page + 1, &range) &&
	       range.copy == &page_of_ours;
}

/* Takes the kept page; 0 if there is none, or another thread has it. */
static uint64_t take(const struct job *job)
{
	struct scratch *scratch = scratch_of(job);
	uint64_t page = 0;

	tracees_lock();
	if (!scratch->taken && is_there(job, scratch->page)) {
		scratch->taken = true;
		page = scratch->page;
	}
	tracees_unlock();
	return page;
}

/* Keeps a new page, as taken, unless another one is kept. */
static void keep(const struct job *job, uint64_t page)
{
	struct scratch *scratch = scratch_of(job);
	const struct range range = {
		.start = (uintptr_t)page,
		.end = (uintptr_t)page + state_page(),
		.copy = &page_of_ours,
		.origin = (uintptr_t)page,
	};

	tracees_lock();
	if (!scratch->taken && !is_there(job, scratch->page) &&
	    mm_add(job->thread->process->mm, &range))
		*scratch = (struct scratch){ page, true };
	tracees_unlock();
}

static uint64_t map_page(struct job *job)
{
	const struct mapping page = {
		.length = state_page(),
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
		.fd = -1,
	};
	uint64_t mapped = place_in_window(job, &page, true);
	int64_t result;

	if (mapped) {
		keep(job, mapped);
		return mapped;
	}
	result = job_call(job, job->thread->call.abi->mmap, 0, page.length, (uint64_t)page.prot,
			  (uint64_t)page.flags, (uint64_t)page.fd, 0);
	return kernel_failed(result) ? 0 : (uint64_t)result;
}

uint64_t scratch_open(struct job *job, const void *bytes, size_t size)
{
	uint64_t page = take(job);

	if (page && scratch_write(job, page, bytes, size))
		return page;
	if (page) {
		scratch_lost(job, page);
		scratch_close(job, page);
	}
	page = map_page(job);
	if (!page || scratch_write(job, page, bytes, size))
		return page;
	scratch_close(job, page);
	return 0;
}

void scratch_lost(struct job *job, uint64_t page)
{
	tracees_lock();
	if (is_there(job, page))
		mm_forget(job->thread->process->mm, page, page + state_page(), UINT64_MAX);
	tracees_unlock();
}

void scratch_close(struct job *job, uint64_t page)
{
	struct scratch *scratch = scratch_of(job);
	bool kept;

	tracees_lock();
	kept = scratch->taken && scratch->page == page;
	if (kept)
		scratch->taken = false;
	tracees_unlock();
	if (!kept)
		job_call(job, job->thread->call.abi->munmap, page, state_page(), 0, 0, 0, 0);
}
