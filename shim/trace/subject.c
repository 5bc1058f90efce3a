/*
 * The subject of a message, a report, a decision. Called by tracer.c and workers, and by the parts
 * that all engines share (engine.h).
 */
#include "subject.h"

#include "engine.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

/* Of each thread of the tracer, all set by subject_set(). */
static _Thread_local struct thread *subject_now;
static _Thread_local char proc[32];
static _Thread_local char cwd[40];
static _Thread_local char program[PATH_MAX];

void subject_set(struct thread *thread)
{
	subject_now = thread;
	if (!thread)
		return;
	snprintf(proc, sizeof(proc), "/proc/%d", thread->id);
	snprintf(cwd, sizeof(cwd), "%s/cwd/", proc);
}

struct thread *subject(void)
{
	return subject_now;
}

/* Threads have the files of their process, nearly always: what is handed out is compared. */
static int pidfd_of(struct process *process)
{
	int fd;

	tracees_lock();
	if (process->pidfd < 0)
		process->pidfd = (int)syscall(SYS_pidfd_open, process->id, 0);
	fd = process->pidfd;
	tracees_unlock();
	return fd;
}

static bool is_it(int fd, const char *name)
{
	struct stat ours, its;

	return fstat(fd, &ours) == 0 && stat(name, &its) == 0 && ours.st_ino == its.st_ino &&
	       ours.st_dev == its.st_dev;
}

int subject_file(int number)
{
	char name[64];
	struct stat found;
	int fd;

	snprintf(name, sizeof(name), "%s/fd/%d", proc, number);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd_of(subject_now->process), number, 0);
	if (fd >= 0 && (subject_now->id == subject_now->process->id || is_it(fd, name)))
		return fd;
	if (fd >= 0)
		close(fd);
	if (number == STDERR_FILENO)
		return open(name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	/* Opening what is no file may do something. */
	if (stat(name, &found) < 0 || !S_ISREG(found.st_mode))
		return -1;
	return open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

int engine_pid(void)
{
	return subject_now ? subject_now->process->id : getpid();
}

const char *engine_proc(void)
{
	return subject_now ? proc : "/proc/thread-self";
}

const char *engine_program(void)
{
	char name[64];
	ssize_t length;

	if (!subject_now)
		return NULL;
	snprintf(name, sizeof(name), "%s/exe", proc);
	length = readlink(name, program, sizeof(program) - 1);
	program[length < 0 ? 0 : length] = '\0';
	return length > 0 ? program : NULL;
}

const char *engine_cwd(void)
{
	return subject_now ? cwd : "";
}

void engine_know_program(void)
{
	/* It is asked for when it is needed: each process has its own. */
}

int engine_stderr(void)
{
	return subject_now ? subject_file(STDERR_FILENO) : STDERR_FILENO;
}

void engine_stderr_done(int fd)
{
	if (subject_now)
		close(fd);
}

struct stderr_at_load *engine_stderr_at_load(void)
{
	static struct stderr_at_load own;

	return subject_now ? &subject_now->process->stderr_at_load : &own;
}

struct record *engine_record(void)
{
	struct record *record = NULL;

	if (!subject_now)
		return NULL;
	tracees_lock();
	if (!subject_now->process->record)
		subject_now->process->record = calloc(1, sizeof(*record));
	record = subject_now->process->record;
	tracees_unlock();
	return record;
}
