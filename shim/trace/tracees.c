/* SPDX-License-Identifier: MIT */
/*
 * The tables of threads and processes. Only the main thread uses them; the lock is for workers as
 * well.
 */
#include "tracees.h"

#include "inject.h"
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	BUCKETS = 256,
	LONG_AGO = 10, /* seconds: a busy tracer may hear of a fork late */
};

/* Only the main thread uses these. */
static struct thread *threads[BUCKETS];
static struct process *processes[BUCKETS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;

void tracees_lock(void)
{
	pthread_mutex_lock(&lock);
}

void tracees_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void tracees_wait(void)
{
	pthread_cond_wait(&change, &lock);
}

void tracees_wake(void)
{
	pthread_cond_broadcast(&change);
}

/*
 * An added newline at the start lets keyed_number() find a key in the first line, too (gVisor's
 * fdinfo begins with "flags:").
 */
bool keyed_read(struct keyed *keyed, const char *file)
{
	ssize_t count;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	keyed->text[0] = '\n';
	count = read(fd, keyed->text + 1, sizeof(keyed->text) - 2);
	close(fd);
	keyed->text[count < 0 ? 1 : count + 1] = '\0';
	return true;
}

long keyed_number(const struct keyed *keyed, const char *key, int base, long otherwise)
{
	const char *line = strstr(keyed->text, key);

	return line ? (long)strtoul(line + strlen(key), NULL, base) : otherwise;
}

struct thread *thread_find(pid_t id)
{
	struct thread *thread = threads[id % BUCKETS];

	while (thread && thread->id != id)
		thread = thread->next;
	return thread;
}

static struct process *process_find(pid_t id)
{
	struct process *process = processes[id % BUCKETS];

	while (process && process->id != id)
		process = process->next;
	return process;
}

/*
 * Without memory for its tables the tracer ends, and its tracees with it: better than not to serve
 * them.
 */
static void *must(void *memory)
{
	if (!memory)
		_exit(1);
	return memory;
}

/*
 * Some kernels have no kcmp(2), and some containers forbid it. maker is NULL if unknown; it is
 * compared in place of the first thread of its process, which may have ended and then has no
 * memory.
 */
static bool share_memory(pid_t a, pid_t b, const struct thread *maker)
{
	long order = syscall(SYS_kcmp, maker ? maker->id : a, b, KCMP_VM, 0, 0);

	return order < 0 ? maker && inject_shares_memory(maker) : order == 0;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec + 1; /* 0 is never */
}

void lent_begin(struct process *process)
{
	tracees_lock();
	process->lending++;
	tracees_unlock();
}

void lent_end(struct process *process)
{
	tracees_lock();
	process->lending--;
	process->lent = seconds();
	tracees_unlock();
}

/* Notes whether a child that parent has just forked may have open copies. The lock is held. */
static void lent_inherit(struct process *child, const struct process *parent)
{
	child->lent = parent->lending ? seconds() : parent->lent;
}

/*
 * True if a new process may have open copies, and has a separate table of descriptors: with
 * CLONE_FILES it would close its parent's. If kcmp(2) fails, the process keeps what it has. maker
 * is still stopped in the call that made the process.
 */
static bool lent_files(const struct thread *maker, const struct thread *made)
{
	return made->process->lent && syscall(SYS_kcmp, maker->id, made->id, KCMP_FILES, 0, 0) > 0;
}

bool lent_to(const struct process *process)
{
	return process->lent && seconds() - process->lent < LONG_AGO;
}

/*
 * Sets up a process that parent has just made. maker is the thread that made it; NULL if unknown.
 */
static void inherit(struct process *process, struct process *parent, const struct thread *maker)
{
	tracees_lock();
	if (process->mm)
		mm_drop(process->mm);
	if (!parent) {
		process->mm = must(mm_new(NULL));
	} else if (share_memory(parent->id, process->id, maker)) {
		process->mm = parent->mm;
		process->mm->users++;
	} else {
		process->mm = must(mm_new(parent->mm));
	}
	if (parent)
		lent_inherit(process, parent);
	/* Without a known maker, the process may be older than its parent's filter. */
	process->guarded = maker && parent->guarded;
	tracees_unlock();
	process->parent = parent ? parent->id : 0;
	process->filters = parent && parent->filters;
	if (parent)
		process->stderr_at_load = parent->stderr_at_load;
}

static struct process *process_add(pid_t id, struct process *parent, const struct thread *maker)
{
	struct process *process = must(calloc(1, sizeof(*process)));

	process->id = id;
	process->pidfd = -1;
	process->next = processes[id % BUCKETS];
	processes[id % BUCKETS] = process;
	inherit(process, parent, maker);
	return process;
}

static void process_end(struct process *process)
{
	struct process **link = &processes[process->id % BUCKETS];

	while (*link != process)
		link = &(*link)->next;
	*link = process->next;
	tracees_lock();
	mm_drop(process->mm);
	tracees_unlock();
	if (process->pidfd >= 0)
		close(process->pidfd);
	free(process->report);
	free(process);
}

static struct thread *thread_add(pid_t id, struct process *process)
{
	struct thread *thread = must(calloc(1, sizeof(*thread)));

	thread->id = id;
	thread->process = process;
	process->threads++;
	thread->next = threads[id % BUCKETS];
	threads[id % BUCKETS] = thread;
	return thread;
}

struct thread *thread_adopt(pid_t id)
{
	char name[40];
	struct keyed status;
	struct process *process;
	pid_t leader;

	snprintf(name, sizeof(name), "/proc/%d/status", id);
	if (!keyed_read(&status, name))
		return NULL;
	leader = (pid_t)keyed_number(&status, "\nTgid:", 10, 0);
	if (!leader)
		return NULL;
	process = process_find(leader);
	if (!process)
		process = process_add(
			leader, process_find((pid_t)keyed_number(&status, "\nPPid:", 10, 0)), NULL);
	return thread_add(id, process);
}

/*
 * False if waitpid(2) has already reported the end of the thread. Otherwise its end is still to
 * come.
 */
static bool is_there(pid_t process, pid_t thread)
{
	return syscall(SYS_tgkill, process, thread, 0) == 0 || errno == EPERM;
}

/*
 * The process ran before its maker was known. Its jobs use its own space, which has its own ranges,
 * so the parent's ranges are added to it.
 */
static void inherit_late(struct process *process, struct process *parent)
{
	const struct mm *from = parent->mm;
	struct range range;

	tracees_lock();
	for (size_t i = 0; from != process->mm && i < from->count; i++)
		if (!mm_find(process->mm, from->ranges[i].start, from->ranges[i].end, &range))
			mm_add(process->mm, &from->ranges[i]);
	process->guarded = parent->guarded;
	tracees_unlock();
	process->parent = parent->id;
	process->filters = parent->filters;
}

struct thread *thread_made(struct thread *maker, pid_t id)
{
	struct thread *made = thread_find(id);

	if (made && made->held && made->process != maker->process) {
		/* With CLONE_PARENT, its parent in /proc is not its maker. */
		inherit(made->process, maker->process, maker);
		made->born = lent_files(maker, made);
	} else if (made) {
		if (made->process != maker->process && made->process->parent != maker->process->id)
			inherit_late(made->process, maker->process);
	} else if (is_there(maker->process->id, id)) {
		made = thread_add(id, maker->process);
	} else if (is_there(id, id)) {
		made = thread_add(id, process_add(id, maker->process, maker));
		made->born = lent_files(maker, made);
	}
	return made;
}

void process_filters(struct process *process)
{
	tracees_lock();
	process->filters = true;
	tracees_unlock();
}

void process_needs_guard(struct process *process)
{
	tracees_lock();
	process->guarded = false;
	tracees_unlock();
}

struct thread *thread_held(void)
{
	for (int i = 0; i < BUCKETS; i++)
		for (struct thread *thread = threads[i]; thread; thread = thread->next)
			if (thread->held)
				return thread;
	return NULL;
}

void thread_end(struct thread *thread)
{
	struct thread **link = &threads[thread->id % BUCKETS];

	if (!thread->gone) {
		while (*link != thread)
			link = &(*link)->next;
		*link = thread->next;
	}
	thread->gone = true;
	if (thread->calling) {
		thread->calling = false;
		jobs_answer(thread->job, -ESRCH);
	}
	if (thread->job)
		return;
	if (!--thread->process->threads)
		process_end(thread->process);
	free(thread);
}

/* A held thread has not run yet. A thread with a job is in no unseen call: the job follows it. */
void threads_unsettle(const struct thread *except, bool (*is_settled)(const struct thread *thread))
{
	for (int i = 0; i < BUCKETS; i++)
		for (struct thread *thread = threads[i]; thread; thread = thread->next)
			if (thread->process->mm == except->process->mm && thread != except &&
			    !thread->job && !thread->held && !(is_settled && is_settled(thread)))
				thread->unsettled = thread->awaited =
					!ptrace(PTRACE_INTERRUPT, thread->id, NULL, NULL);
}

pid_t threads_awaited(const struct mm *mm)
{
	for (int i = 0; i < BUCKETS; i++)
		for (struct thread *thread = threads[i]; thread; thread = thread->next)
			if (thread->awaited && thread->process->mm == mm)
				return thread->id;
	return 0;
}

static void end_others(struct thread *kept)
{
	for (int i = 0; i < BUCKETS; i++) {
		struct thread *next;

		for (struct thread *thread = threads[i]; thread; thread = next) {
			next = thread->next;
			if (thread != kept && thread->process == kept->process)
				thread_end(thread);
		}
	}
}

/* Makes a new struct process: jobs of threads that are gone still use the old one. */
void thread_execed(struct thread *thread)
{
	struct process *before = thread->process;
	struct process *now = process_add(before->id, NULL, NULL);

	end_others(thread);
	now->parent = before->parent;
	now->guarded = before->guarded;
	now->filters = before->filters;
	now->stops = before->stops;
	now->execs = before->execs;
	now->threads = 1;
	thread->process = now;
	if (!--before->threads)
		process_end(before);
}
