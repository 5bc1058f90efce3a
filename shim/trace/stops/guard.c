/* SPDX-License-Identifier: MIT */
/*
 * Adds a filter to a traced process, in a worker, and waits until its threads have left the system
 * calls that the filter has not seen.
 *
 * A filter stops calls that are entered after it was added. A thread may have entered a call
 * before, wait in the kernel for a lock or a processor, and change our new mapping later. So a
 * mapping that needs the new filter waits until every other thread has stopped since.
 */
#include "guard.h"

#include "filter.h"
#include "preempted.h"
#include "scratch.h"
#include "state.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum {
	FIRST_PAUSE = 100 * 1000,     /* nanoseconds */
	LAST_PAUSE = 20 * 1000 * 1000, /* nanoseconds; pauses double up to this */
	PATIENCE = 10,		      /* seconds */
};

/*
 * Lets one thread of a process in at a time, as one filter is enough. True if the process has it
 * already.
 */
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

/* Lays out struct sock_fprog and its code for the program's ABI. Returns the size. */
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

/*
 * The program's own filters may kill it for calls that it does not make itself. Another process
 * that shares the memory would not get the filter.
 */
static bool may_be_filtered(const struct job *job)
{
	return job->thread->process->mm->users == 1 && !has_filters_of_its_own(job);
}

static bool changes_mappings(const struct abi *abi, long number)
{
	return number == abi->mmap || number == abi->munmap || number == abi->mremap ||
	       number == abi->mprotect || number == abi->pkey_mprotect;
}

/*
 * A thread that waits in a call which changes no mapping need not stop: the parent of a vfork(2)
 * cannot stop before its child ends. /proc/PID/syscall (proc_pid_syscall(5)) is "running", "-1 ..."
 * outside of calls, or the call's number.
 */
static bool waits_in_another_call(const struct abi *abi, pid_t thread)
{
	struct keyed call;
	char name[40], *end;
	long number;

	snprintf(name, sizeof(name), "/proc/%d/syscall", thread);
	if (!keyed_read(&call, name))
		return false;
	number = strtol(call.text, &end, 10);
	return end != call.text && !changes_mappings(abi, number);
}

/*
 * A thread that sleeps in another call has seen the filter before it changes mappings. It is not
 * interrupted, because some calls then fail with EINTR as if a handler had run: epoll_wait(2),
 * semop(2), sigwaitinfo(2), and recv(2) with a timeout (signal(7)). One that makes a process does
 * not sleep: it is stopped, or waits in a way that nothing interrupts (vfork).
 */
static bool sleeps_in_another_call(const struct thread *thread)
{
	const struct abi *abi = abi_all();
	struct keyed status;
	char name[40];

	for (int i = 0; i < ABIS; i++)
		if (!waits_in_another_call(&abi[i], thread->id))
			return false;
	snprintf(name, sizeof(name), "/proc/%d/status", thread->id);
	return keyed_read(&status, name) && strstr(status.text, "\nState:\tS");
}

/*
 * For a worker: waits until no thread with the memory of the job's thread is in a call that changes
 * mappings and that it had entered before. Gives up after ten seconds.
 */
static void settle(struct job *job)
{
	struct timespec pause = { 0, FIRST_PAUSE }, now;
	pid_t unseen = job_settle(job, 0);
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + PATIENCE;
	while (unseen && now.tv_sec <= end) {
		if (waits_in_another_call(job->thread->call.abi, unseen)) {
			unseen = job_settle(job, unseen);
			continue;
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < LAST_PAUSE)
			pause.tv_nsec *= 2;
		unseen = job_settle(job, 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
}

/* True if the thread has a wait status that nobody has read. That one is older than its waiting. */
static bool has_stopped(pid_t thread)
{
	const int any = WEXITED | WSTOPPED | __WALL;
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)thread, &info, any | WNOHANG | WNOWAIT) || info.si_pid;
}

pid_t settle_next(struct job *job)
{
	pid_t waits = (pid_t)job->wanted.arguments[0];
	bool watched = job->thread->process->mm->watched;
	struct thread *thread = waits ? thread_find(waits) : NULL;

	if (!job->settling && !job->thread->gone) {
		job->settling = true;
		/* To be watched, a thread must stop first, and go on by PTRACE_SYSCALL. */
		threads_unsettle(job->thread, watched ? NULL : sleeps_in_another_call);
	}
	if (thread && !has_stopped(waits))
		thread->awaited = false;
	return threads_awaited(job->thread->process->mm);
}

void guard(struct job *job)
{
	struct process *process = job->thread->process;
	bool guarded = begin_guarding(process);

	if (!guarded && !process->mm->watched && !preempted()) {
		guarded = may_be_filtered(job) && add_filter(job);
		if (!guarded)
			job_watch(job);
		settle(job);
	}
	end_guarding(process, guarded);
}
