/* SPDX-License-Identifier: MIT */
/*
 * What the tracer supplies to the shared parts (engine.h), for its subject, the thread that it
 * works for (subject.h). engine_convert() is in window.c, engine_buffer() in buffer.c; pass.c
 * has the functions that make the program call.
 */
#include "engine.h"

#include "subject.h"

#include "copies.h"
#include "inode.h"
#include "original.h"
#include "report.h"
#include "rights.h"
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Written before the tracer starts; constant afterwards. */
static const char *module_directory;

/* The main thread's subject; only that thread uses it. A worker's subject is its job's thread. */
static struct thread *of_main_thread;

/* The last answers of engine_proc() and engine_program(), for each thread of the tracer. */
static _Thread_local char proc[32];
static _Thread_local char program[PATH_MAX];

void subject_lies_in(const char *directory)
{
	module_directory = directory;
}

void subject_set(struct thread *thread)
{
	of_main_thread = thread;
}

static struct thread *subject(void)
{
	const struct job *job = job_mine();

	return job ? job->thread : of_main_thread;
}

/* Threads nearly always share the files of their process; subject_file() compares what it gets. */
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
	struct inode ours;
	struct stat its;

	return inode_known(fd, &ours) &&
	       fstatat(AT_FDCWD, name, &its, AT_STATX_DONT_SYNC) == 0 &&
	       its.st_ino == ours.now.file.inode && its.st_dev == ours.now.file.device;
}

/*
 * How the program has opened the file; rules ask this about the tracer's descriptor. O_ACCMODE:
 * unknown, or opened neither for reading nor for writing.
 */
static int access_mode(int thread, int number)
{
	char name[64];
	struct keyed info;
	int flags;

	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%d", thread, number);
	if (!keyed_read(&info, name))
		return O_ACCMODE;
	flags = (int)keyed_number(&info, "\nflags:", 8, O_ACCMODE);
	return flags & O_PATH ? O_ACCMODE : flags & O_ACCMODE;
}

/*
 * The program may have put another file there since. With its rights, the open succeeds only if the
 * program could have opened that file itself.
 */
static int open_by_its_rights(int path, int flags)
{
	int fd;

	if (!rights_take(subject()->id))
		return -1;
	fd = (int)own_open(path, flags | O_CLOEXEC | O_NOCTTY);
	rights_give_back();
	return fd < 0 ? -1 : fd;
}

int subject_file(int number)
{
	const struct thread *thread = subject();
	char name[64];
	struct stat found;
	int mode, path, fd;

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", thread->id, number);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd_of(thread->process), number, 0);
	if (fd >= 0 && (thread->id == thread->process->id || is_it(fd, name)))
		return fd;
	if (fd >= 0)
		close(fd);
	/* Opening a device or a fifo may have effects, so only regular files are opened. */
	mode = access_mode(thread->id, number);
	path = open(name, O_PATH | O_CLOEXEC);
	if (path < 0)
		return -1;
	fd = -1;
	if (mode != O_ACCMODE && fstat(path, &found) == 0 &&
	    (S_ISREG(found.st_mode) || (number == STDERR_FILENO && mode != O_RDONLY)))
		fd = open_by_its_rights(
			path, number != STDERR_FILENO ? mode : mode | O_APPEND | O_NONBLOCK);
	close(path);
	return fd;
}

int engine_pid(void)
{
	const struct thread *thread = subject();

	return thread ? thread->process->id : getpid();
}

const char *engine_proc(void)
{
	const struct thread *thread = subject();

	if (!thread)
		return "/proc/thread-self";
	snprintf(proc, sizeof(proc), "/proc/%d", thread->id);
	return proc;
}

/* The directory of any thread shows what belongs to its process. */
const char *engine_proc_of_process(void)
{
	return subject() ? engine_proc() : "/proc/self";
}

/*
 * In the tracer's path of a file, the program's root comes first if that is not the tracer's root.
 */
long engine_path(int fd, char *path, size_t room)
{
	const struct thread *thread = subject();
	char name[32], root[PATH_MAX];
	long length = own_path(fd, path, room);
	ssize_t above;

	if (!thread || length <= 0 || (size_t)length == room)
		return length;
	snprintf(name, sizeof(name), "/proc/%d/root", thread->id);
	above = readlink(name, root, sizeof(root));
	if (above <= 1 || above >= length || path[above] != '/' ||
	    memcmp(path, root, (size_t)above) != 0)
		return length;
	length -= above;
	memmove(path, path + above, (size_t)length);
	return length;
}

bool engine_finds(const char *path)
{
	const struct thread *thread = subject();
	char name[PATH_MAX];

	if (!thread)
		return own_finds(path);
	if (snprintf(name, sizeof(name), "/proc/%d/root%s", thread->id, path) >= PATH_MAX)
		return false;
	return own_finds(name);
}

/* A program that a launcher runs goes by the launcher's name. */
static void cut_suffix(char *name)
{
	size_t length = strlen(name), suffix = sizeof(ORIGINAL_SUFFIX) - 1;

	if (length > suffix && strcmp(name + length - suffix, ORIGINAL_SUFFIX) == 0)
		name[length - suffix] = '\0';
}

const char *engine_program(void)
{
	const struct thread *thread = subject();
	char name[64];
	ssize_t length;

	if (!thread)
		return NULL;
	snprintf(name, sizeof(name), "/proc/%d/exe", thread->id);
	length = readlink(name, program, sizeof(program) - 1);
	program[length < 0 ? 0 : length] = '\0';
	cut_suffix(program);
	return length > 0 ? program : NULL;
}

int engine_open(const char *name, int flags)
{
	const struct thread *thread = subject();
	int directory = AT_FDCWD, fd = -1, error;
	char cwd[40];

	if (!thread) {
		fd = open(name, flags, 0666);
		return fd < 0 ? -errno : fd;
	}
	if (*name != '/') {
		snprintf(cwd, sizeof(cwd), "/proc/%d/cwd", thread->id);
		directory = open(cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (directory < 0)
			return -errno;
	}
	error = EPERM;
	if (rights_take(thread->id)) {
		fd = openat(directory, name, flags, 0666);
		error = errno;
		rights_give_back();
	}
	if (directory >= 0)
		close(directory);
	return fd < 0 ? -error : fd;
}

void engine_know_program(void)
{
	/* Each process has its own program, so engine_program() looks it up when needed. */
}

int engine_stderr(void)
{
	return subject() ? subject_file(STDERR_FILENO) : STDERR_FILENO;
}

void engine_stderr_done(int fd)
{
	if (subject())
		close(fd);
}

struct stderr_at_load *engine_stderr_at_load(void)
{
	static struct stderr_at_load own;
	struct thread *thread = subject();

	return thread ? &thread->process->stderr_at_load : &own;
}

/*
 * Asks the kernel alone: a file server must not delay the main thread, and with it all tracees. A
 * descriptor of the file would not do, because the server is also told that it is closed.
 */
void subject_remember_stderr(struct thread *thread)
{
	struct stderr_at_load *load = &thread->process->stderr_at_load;
	struct stat found;
	char name[32];

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", thread->id, STDERR_FILENO);
	load->open = fstatat(AT_FDCWD, name, &found, AT_STATX_DONT_SYNC) == 0;
	if (load->open)
		load->file = (struct identity){ found.st_dev, found.st_ino };
}

struct report *engine_report(void)
{
	struct thread *thread = subject();
	struct report *report;

	if (!thread)
		return NULL;
	tracees_lock();
	report = thread->process->report;
	if (!report) {
		report = calloc(1, report_size());
		thread->process->report = report;
	}
	tracees_unlock();
	return report;
}

void engine_directory(char *directory, size_t size)
{
	snprintf(directory, size, "%s", module_directory);
}

/* Files of /proc/PID that the tracer may not read belong to root (proc(5)). */
bool engine_names_first(void)
{
	return false;
}

bool engine_keeps(void)
{
	const pid_t thread = subject()->id;
	struct stat found;
	char name[32];

	snprintf(name, sizeof(name), "/proc/%d/mem", thread);
	return stat(name, &found) == 0 && found.st_uid == geteuid() && rights_are_ours(thread);
}

bool engine_reserve(uint64_t bytes, bool in_memory)
{
	struct mm *mm = subject()->process->mm;
	bool allowed;

	tracees_lock();
	allowed = copies_allow(mm, bytes, in_memory);
	if (allowed)
		mm->reserved[in_memory] += bytes;
	tracees_unlock();
	return allowed;
}

void engine_give_back(uint64_t bytes, bool in_memory)
{
	struct mm *mm = subject()->process->mm;

	tracees_lock();
	mm->reserved[in_memory] -= bytes;
	tracees_unlock();
}
