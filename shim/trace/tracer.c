/* SPDX-License-Identifier: MIT */
/*
 * The event loop of the tracer: waits for stops of tracees and lets each go on. This is the only
 * place that waits. Workers (workers.h) do what takes long; they and the kernel wake this loop.
 */
#include "tracer.h"

#include "again.h"
#include "apart.h"
#include "candidate.h"
#include "copies.h"
#include "engine.h"
#include "fatal.h"
#include "guard.h"
#include "info.h"
#include "inject.h"
#include "log.h"
#include "preempted.h"
#include "report.h"
#include "subject.h"
#include "tracees.h"
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/ptrace.h>

enum {
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP |
		  PTRACE_O_EXITKILL,
};

enum { PATIENCE = 1000 }; /* milliseconds; the event comes within a fraction of one */

/*
 * Only the main thread uses these: the descriptor that wakes it for workers; the first tracee, and
 * its wait status at its end.
 */
static int wake;
static pid_t command;
static int command_status;
static int64_t held_until; /* milliseconds; while any thread is held */

static void resume(struct thread *thread, int signal)
{
	bool watched = preempted() || thread->process->mm->watched;

	/* Fails if the thread is gone; then its wait status is still to come. */
	ptrace(watched ? PTRACE_SYSCALL : PTRACE_CONT, thread->id, NULL, (void *)(long)signal);
}

static void watch(struct job *job)
{
	struct mm *mm = job->thread->process->mm;

	if (!job->thread->gone)
		mm->watched = true;
	jobs_answer(job, 0);
}

static void job_done(struct job *job)
{
	struct thread *thread = job->thread;

	if (!thread->gone) {
		inject_end(thread);
		resume(thread, 0);
	}
	jobs_end(job);
	if (thread->gone)
		thread_end(thread);
}

static void serve_workers(void)
{
	struct job *job;

	while ((job = jobs_next())) {
		if (job->done)
			job_done(job);
		else if (job->wanted.number == JOB_WATCH)
			watch(job);
		else if (job->wanted.number == JOB_SETTLE)
			jobs_answer(job, settle_next(job));
		else
			inject_begin(job->thread);
	}
}

/* A process ends by exit_group(2), as exit(3) does. A job, because the report may wait. */
static void said_goodbye(struct job *job)
{
	const struct process *process = job->thread->process;
	struct text text;

	report_write(process->report);
	if (log_begin(&text, LOG_LEVEL_DEBUG)) {
		text_add(&text, "stopped ");
		text_add_number(&text, process->stops);
		text_add(&text, " times, ");
		text_add_number(&text, process->execs);
		text_add(&text, " of them for exec");
		log_end(&text, LOG_LEVEL_DEBUG);
	}
}

static bool wants_tracee_of_ours(const struct thread *thread)
{
	return thread->call.arguments[0] == PTRACE_TRACEME ||
	       thread_find((pid_t)thread->call.arguments[1]);
}

/* A job, because the log may wait. */
static void cannot_trace(struct job *job)
{
	struct text text;

	(void)job;
	if (log_begin(&text, LOG_LEVEL_ERROR)) {
		text_add_name(&text, engine_program() ? engine_program() : "a program");
		text_add(&text, ": cannot trace what privmap traces (EPERM); "
				"--engine preload lets it");
		log_end(&text, LOG_LEVEL_ERROR);
	}
}

/* The thread has entered a call that may concern us. */
static void filtered(struct thread *thread)
{
	void (*run)(struct job *job) = NULL;
	enum stop why = STOP_NOT_OURS;

	if (!inject_look(thread, &why)) {
		resume(thread, 0);
		return;
	}
	switch (why) {
	case STOP_CANDIDATE:
		preempted_seen(&thread->call);
		run = candidate_job(thread, why);
		break;
	case STOP_WRITTEN:
	case STOP_PLACE:
	case STOP_UNMAP:
	case STOP_PROTECT:
	case STOP_REMAP:
		run = candidate_job(thread, why);
		break;
	case STOP_PTRACE:
		run = wants_tracee_of_ours(thread) ? cannot_trace : NULL;
		break;
	case STOP_EXIT:
		run = said_goodbye;
		break;
	case STOP_SECCOMP:
		process_filters(thread->process);
		break;
	case STOP_UNTRACED:
		/*
		 * The child inherits our filter; untraced, its stopped calls would all fail with
		 * ENOSYS.
		 */
		thread->call.arguments[0] &= ~(uint64_t)CLONE_UNTRACED;
		inject_change(thread);
		break;
	default:
		/*
		 * The program's own filter stopped the call; without a tracer it fails
		 * (seccomp(2)).
		 */
		inject_skip(thread, -ENOSYS);
	}
	/* Without a worker, the thread makes the call unchanged. */
	if (!run || !jobs_start(thread, run))
		resume(thread, 0);
}

static bool is_stop_signal(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* Starts copies_take_back() on a forked child before it runs. True if that job has begun. */
static bool takes_back(struct thread *thread)
{
	bool born = thread->born;

	thread->born = false;
	if (!born || !lent_to(thread->process) || !inject_look_at_birth(thread))
		return false;
	if (jobs_start(thread, copies_take_back))
		return true;
	thread->at = AT_NO_CALL;
	return false;
}

static void begin(struct thread *thread, int signal)
{
	if (is_stop_signal(signal))
		ptrace(PTRACE_LISTEN, thread->id, NULL, NULL);
	else if (!takes_back(thread))
		resume(thread, 0);
}

static void release(struct thread *thread)
{
	int signal = thread->held;

	thread->held = 0;
	begin(thread, signal);
}

/* unsettled: the new process may lack a filter that the thread's process was given meanwhile. */
static void made_another(struct thread *thread, bool unsettled)
{
	struct thread *made;
	unsigned long id;

	jobs_prepare(); /* RLIMIT_NPROC counts the threads of the tracer, too */
	if (!ptrace(PTRACE_GETEVENTMSG, thread->id, NULL, &id)) {
		made = thread_made(thread, (pid_t)id);
		if (made && unsettled && made->process != thread->process)
			process_needs_guard(made->process);
		if (made && made->held)
			release(made);
	}
	resume(thread, 0);
}

/* A job on the old thread of this id finds its thread gone. */
static void execed(struct thread *thread)
{
	pid_t id = thread->id;

	thread->process->execs++;
	preempted_begins();
	if (thread->job) {
		thread_end(thread);
		thread = thread_adopt(id);
	}
	if (!thread)
		return;
	thread_execed(thread);
	subject_remember_stderr(thread);
	resume(thread, 0);
}

/* Kills the process: better than not to serve it, and say nothing. */
static void cannot_follow(struct thread *thread)
{
	struct text text;

	subject_remember_stderr(thread);
	subject_set(thread);
	if (log_begin(&text, LOG_LEVEL_ERROR)) {
		text_add(&text, "killed, because its system calls cannot be followed: " INFO_NEEDS);
		log_end(&text, LOG_LEVEL_ERROR);
	}
	subject_set(NULL);
	kill(thread->process->id, SIGKILL);
}

/* Untraced, the thread faults again, and its process dies of the signal. */
static void let_die(struct thread *thread, int signal)
{
	if (ptrace(PTRACE_DETACH, thread->id, NULL, NULL))
		return;
	if (thread->id == command)
		command_status = signal;
	thread_end(thread);
}

static void signalled(struct thread *thread, int signal)
{
	if (fatal_repeats(thread->id, signal)) {
		let_die(thread, signal);
		return;
	}
	again(thread, signal);
	resume(thread, signal);
}

static void stopped(struct thread *thread, int signal, int event)
{
	bool unsettled = thread->unsettled;

	thread->unsettled = thread->awaited = false;
	thread->process->stops++;
	if (!info_learn(thread->id, true)) {
		cannot_follow(thread);
		return;
	}
	info_stopped(thread, signal, event);
	/* An exec of another thread takes over this id, whatever this thread was doing. */
	if (thread->calling && event != PTRACE_EVENT_EXEC) {
		inject_stopped(thread, signal, event);
		return;
	}
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		filtered(thread);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		made_another(thread, unsettled);
		break;
	case PTRACE_EVENT_EXEC:
		execed(thread);
		break;
	case PTRACE_EVENT_STOP:
		if (unsettled && !is_stop_signal(signal))
			again(thread, 0);
		begin(thread, signal);
		break;
	default:
		if (signal == (SIGTRAP | 0x80))
			filtered(thread); /* a watched thread stops without a filter */
		else
			signalled(thread, signal);
	}
}

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Holds a new process that stops before its maker's event, because with CLONE_PARENT only that
 * event tells whose memory it has. Not for ever, because a killed maker has no event.
 */
static bool hold(struct thread *thread, int status)
{
	if (status >> 16 != PTRACE_EVENT_STOP || thread->id != thread->process->id)
		return false;
	if (!thread_held())
		held_until = milliseconds() + PATIENCE;
	thread->held = WSTOPSIG(status);
	return true;
}

static void release_late(void)
{
	struct thread *thread;

	while (milliseconds() >= held_until && (thread = thread_held()))
		release(thread);
}

static void waited(pid_t id, int status)
{
	struct thread *thread = thread_find(id);

	if (!WIFSTOPPED(status)) {
		if (id == command)
			command_status = status;
		if (thread)
			thread_end(thread);
		return;
	}
	if (!thread) {
		thread = thread_adopt(id);
		if (thread && hold(thread, status))
			return;
	}
	if (thread)
		stopped(thread, WSTOPSIG(status), status >> 16);
	else
		ptrace(PTRACE_CONT, id, NULL, NULL);
}

/* 0 or an errno. */
static int begin_tracing(pid_t process)
{
	if (!thread_adopt(process))
		return ESRCH;
	command = process;
	wake = jobs_open();
	if (wake < 0)
		return errno;
	return info_learn(process, false) ? 0 : ENOTSUP;
}

/* Detaches: else the process would be killed with the tracer, before it can report why. */
static void let_go(pid_t process)
{
	int status;

	ptrace(PTRACE_INTERRUPT, process, NULL, NULL);
	while (waitpid(process, &status, __WALL) == process && WIFSTOPPED(status) &&
	       ptrace(PTRACE_DETACH, process, NULL, NULL))
		;
}

int tracer_attach(pid_t process)
{
	int error;

	if (ptrace(PTRACE_SEIZE, process, NULL, OPTIONS) < 0)
		return errno;
	error = begin_tracing(process);
	if (error)
		let_go(process);
	return error;
}

/* A handler that does nothing, so that the signal of a stop interrupts ppoll(2). */
static void interrupt(int signal)
{
	(void)signal;
}

void tracer_run(void)
{
	const struct sigaction action = { .sa_handler = interrupt };
	const struct timespec patience = { PATIENCE / 1000, 0 };
	struct pollfd ready = { .fd = wake, .events = POLLIN };
	sigset_t none;

	sigemptyset(&none);
	sigaction(SIGCHLD, &action, NULL);
	for (;;) {
		bool held = thread_held() != NULL;
		bool waits = held || jobs_running();
		int status;
		pid_t id = waitpid(-1, &status, __WALL | (waits ? WNOHANG : 0));

		if (id > 0)
			waited(id, status);
		else if (id < 0 && errno == ECHILD && !jobs_running())
			/*
			 * A process that adopts us (a subreaper, a container's first process) may
			 * take the end of its last child for the end of the command.
			 */
			apart_end_as(command_status);
		else if (waits)
			ppoll(&ready, 1, held ? &patience : NULL, &none);
		/* After each stop, too, because stops may never pause. */
		if (jobs_running())
			serve_workers();
		if (held)
			release_late();
	}
}
