/* SPDX-License-Identifier: MIT */
/*
 * Tries each kind of mapping on a temporary file, or, only by reading, on an existing file, and
 * touches what it mapped.
 */

#include "doctor.h"

#include "ctl.h"
#include "filesystem.h"
#include "maps.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

const struct kind kinds[KINDS] = {
	{ "shared-read", "shared, read-only", O_RDONLY, PROT_READ, MAP_SHARED },
	{ "shared-read-rdwr", "shared, read-only, fd O_RDWR", O_RDWR, PROT_READ, MAP_SHARED },
	{ "shared-write", "shared, writable", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED },
	{ "private", "private", O_RDONLY, PROT_READ, MAP_PRIVATE },
	{ "executable", "private, executable", O_RDONLY, PROT_READ | PROT_EXEC, MAP_PRIVATE },
};

/* The kernel shows the truth: privmap answers a refused shared mapping with a private one. */
static bool shown_as_shared(const void *addr)
{
	struct vma found;

	return maps_find((uintptr_t)addr, &found) != MAPS_FOUND || found.shared;
}

/* Not by libc's mmap(): in this process that may be libprivmap.so's. */
static void *raw_mmap(size_t length, const struct kind *kind, int fd)
{
#ifdef SYS_mmap2
	return (void *)syscall(SYS_mmap2, NULL, length, kind->prot, kind->flags, fd, 0);
#else
	return (void *)syscall(SYS_mmap, NULL, length, kind->prot, kind->flags, fd, 0);
#endif
}

/* Catches the signal, so that there is no core file, and no line in the kernel's log. */
static void exit_by(int signal)
{
	_exit(signal);
}

/*
 * Touches a mapping in a child. *killer becomes the signal that kills the child, or 0. Returns 0,
 * or the errno if there can be no child. gVisor maps any file of the host, even if the host refuses
 * to map it, and kills a process that touches the mapping.
 */
static int first_touch(volatile char *at, int prot, int *killer)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return errno;
	if (!child) {
		char byte;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGSEGV, exit_by);
		signal(SIGBUS, exit_by);
		byte = *at;
		if (prot & PROT_WRITE)
			*at = byte;
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	*killer = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

bool is_tried(const struct directory_report *report, size_t i)
{
	return !report->file || kinds[i].access == O_RDONLY;
}

/* An empty file has no byte to touch. */
static bool is_empty(int fd)
{
	struct stat file;

	return fstat(fd, &file) == 0 && !file.st_size;
}

/* Returns 0, or the errno if it cannot be tried. */
static int try_kind(const char *file, size_t page, size_t i, struct directory_report *report)
{
	const struct kind *kind = kinds + i;
	int fd = open(file, kind->access | O_CLOEXEC);
	int error = 0;
	void *addr;

	if (fd < 0) {
		report->errors[i] = errno;
		return 0;
	}
	addr = raw_mmap(page, kind, fd);
	if (addr == MAP_FAILED) {
		report->errors[i] = errno;
	} else {
		report->converted[i] = kind->flags == MAP_SHARED && !shown_as_shared(addr);
		if (!is_empty(fd))
			error = first_touch(addr, kind->prot, &report->signals[i]);
		syscall(SYS_munmap, addr, page);
	}
	close(fd);
	return error;
}

static int error_of_reading(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int error = 0;
	char byte;

	if (fd < 0 || pread(fd, &byte, 1, 0) < 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	return error;
}

/* Returns 0, or the errno if one of them cannot be tried. */
static int try_kinds(const char *file, int fd, size_t page, struct directory_report *report)
{
	struct statfs system;
	struct statvfs flags;
	int error = 0;

	for (size_t i = 0; i < KINDS && !error; i++)
		if (is_tried(report, i))
			error = try_kind(file, page, i, report);
	report->unreadable = error_of_reading(file);
	report->untouchable = fstatfs(fd, &system) == 0 &&
			      filesystem_is_untouchable((unsigned long)system.f_type);
	report->noexec = fstatvfs(fd, &flags) == 0 && flags.f_flag & ST_NOEXEC;
	report->mounted = mount_of(fd, &report->mount);
	uname(&report->kernel);
	return error;
}

static char *temporary;

/*
 * Removes the file when a signal ends this command. If that hangs, the next signal ends it at once.
 */
static void remove_temporary(int signal)
{
	unlink(temporary);
	raise(signal);
}

static void when_ended(void (*handler)(int))
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	const struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER),
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

int try_file(const char *name, struct directory_report *report)
{
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	report->file = name;
	error = try_kinds(name, fd, (size_t)sysconf(_SC_PAGESIZE), report);
	close(fd);
	return error;
}

/* Returns a file in the directory that can be read and is not empty; NULL if there is none. */
static char *any_file(const char *directory)
{
	DIR *stream = opendir(directory);
	char *found = NULL;
	struct dirent *entry;

	while (stream && !found && (entry = readdir(stream))) {
		char *name = cli_text("%s/%s", directory, entry->d_name);
		struct stat file;

		if (stat(name, &file) == 0 && S_ISREG(file.st_mode) && file.st_size &&
		    access(name, R_OK) == 0)
			found = name;
	}
	if (stream)
		closedir(stream);
	return found;
}

int try_directory(const char *name, struct directory_report *report)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *file = temporary = cli_text("%s/.privmap-doctor.XXXXXX", name);
	char *bytes = memset(cli_memory(page), 'x', page);
	int fd, error = 0;

	when_ended(remove_temporary);
	fd = mkostemp(file, O_CLOEXEC);
	if (fd < 0) {
		const char *there;

		error = errno;
		there = any_file(name);
		if ((error == EROFS || error == EACCES) && there)
			error = try_file(there, report);
	} else {
		ssize_t written = write(fd, bytes, page);

		if (written != (ssize_t)page)
			error = written < 0 ? errno : ENOSPC;
		else
			error = try_kinds(file, fd, page, report);
		if (unlink(file) && !error)
			error = errno;
		close(fd);
	}
	when_ended(SIG_DFL);
	free(bytes);
	return error;
}
