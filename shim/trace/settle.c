/* SPDX-License-Identifier: MIT */
/*
 * Sees the threads of a process out of the system calls that they were in.
 */
#include "settle.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	FIRST_PAUSE = 100 * 1000,     /* nanoseconds */
	LAST_PAUSE = 20 * 1000 * 1000, /* of those that double */
	PATIENCE = 10,		      /* seconds */
};

static bool changes_mappings(const struct abi *abi, long number)
{
	return number == abi->mmap || number == abi->munmap || number == abi->mremap ||
	       number == abi->mprotect || number == abi->pkey_mprotect;
}

/*
 * A thread that waits in another call does not have to be stopped: the parent of vfork(2) cannot be
 * before its child ends. /proc/PID/syscall (proc_pid_syscall(5)) is "running", "-1 ..." outside of
 * a call, or the call's number.
 */
static bool waits_in_another_call(const struct abi *abi, pid_t thread)
{
	char name[40], text[32], *end;
	ssize_t length;
	long number;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/syscall", thread);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	number = strtol(text, &end, 10);
	return end != text && !changes_mappings(abi, number);
}

void settle(struct job *job)
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

/* What it has reported of itself, and was not taken yet, comes from before it waited. */
static bool has_stopped(pid_t thread)
{
	const int any = WEXITED | WSTOPPED | __WALL;
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)thread, &info, any | WNOHANG | WNOWAIT) || info.si_pid;
}

pid_t settle_next(struct job *job)
{
	pid_t waits = (pid_t)job->wanted.arguments[0];
	struct thread *thread = waits ? thread_find(waits) : NULL;

	if (!job->settling && !job->thread->gone) {
		job->settling = true;
		threads_unsettle(job->thread);
	}
	if (thread && !has_stopped(waits))
		thread->awaited = false;
	return threads_awaited(job->thread->process->mm);
}
