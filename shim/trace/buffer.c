/* SPDX-License-Identifier: MIT */
/*
 * Maps a copy of a part of a file into a traced program. Runs in a worker. The tracer makes the
 * copy (make.c), and the program opens it by the tracer's /proc/PID/fd.
 */
#include "backing.h"
#include "copies.h"
#include "engine.h"
#include "guard.h"
#include "inode.h"
#include "make.h"
#include "maps.h"
#include "scratch.h"
#include "serve.h"
#include "state.h"
#include "subject.h"
#include "text.h"
#include "window.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Returns 0 or an errno. On failure nobody can use the copy. */
static int fill_copy(struct copy *copy, struct file *file)
{
	struct copied made = { .part = copy->made.part, .keep = file->keep };
	struct backing backing;
	int error = make(file->fd, true, &made, &backing);

	if (error)
		return error;
	/* This asks the file server, which may be traced as well, so the lock is not held. */
	made.no_exec = file_is_noexec(file);
	tracees_lock();
	copy->made = made;
	copy->fd = backing_keep(&backing);
	tracees_unlock();
	/* From now on its ranges count against the limits, so the reservation ends. */
	engine_give_back(copied_room(&made), made.in_memory);
	return 0;
}

/* Returns the copy, held; NULL with an errno. Waits for a copy that another thread fills. */
static struct copy *get_copy(const struct part *part, struct file *file)
{
	struct copy *copy;
	int error = 0;

	tracees_lock();
	while ((copy = copies_find(part)) && copy->filling) {
		tracees_wait();
		copy_drop(copy);
	}
	if (copy) {
		tracees_unlock();
		return copy;
	}
	copy = copies_add(part);
	tracees_unlock();
	if (!copy)
		error = ENOMEM;
	else
		error = fill_copy(copy, file);
	tracees_lock();
	if (copy) {
		copy->filling = false;
		tracees_wake();
		if (error)
			copy_drop(copy);
	}
	tracees_unlock();
	errno = error;
	return error ? NULL : copy;
}

/* In the program's pid namespace or chroot, that path may lead to another process. */
static bool is_the_copy(int number, const struct copy *copy)
{
	struct inode its;
	int fd = subject_file(number);
	bool same = fd >= 0 && inode_look(fd, &its) &&
		    identity_equal(its.now.file, copy->made.self);

	if (fd >= 0)
		close(fd);
	return same;
}

static void close_in_program(struct job *job, int number)
{
	job_call(job, job->thread->call.abi->close, (uint64_t)number, 0, 0, 0, 0, 0);
}

/* Has the program open that path. Returns what its open(2) returns. */
static int64_t open_path(struct job *job, const struct text *path)
{
	int64_t number = -EFAULT;

	/* Tries again if the program has unmapped the page with the path. */
	for (int tries = 0; number == -EFAULT && tries < 2; tries++) {
		uint64_t scratch = scratch_open(job, path->bytes, path->length + 1);

		if (!scratch)
			return -ENOMEM;
		/* The path may lead to another file, even a fifo: the open must not block. */
		number = job_call(job, job->thread->call.abi->openat, (uint64_t)AT_FDCWD, scratch,
				  O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0, 0, 0);
		if (number == -EFAULT)
			scratch_lost(job, scratch);
		scratch_close(job, scratch);
	}
	return number;
}

/* Opens the copy's backing in the program. Returns its descriptor, or a negative errno. */
static int open_in_program(struct job *job, const struct copy *copy)
{
	char path[64];
	struct text name = TEXT_IN(path);
	int64_t number;

	text_add(&name, "/proc/");
	text_add_number(&name, (uint64_t)getpid());
	text_add(&name, "/fd/");
	text_add_number(&name, (uint64_t)copy->fd);
	text_string(&name);
	number = open_path(job, &name);
	if (kernel_failed(number) || is_the_copy((int)number, copy))
		return (int)number;
	close_in_program(job, (int)number);
	return -ENOENT;
}

static void *map_copy(struct job *job, const struct mapping *call, struct copy *copy)
{
	struct mapping shown = *call;
	void *result;

	lent_begin(job->thread->process);
	shown.fd = open_in_program(job, copy);
	if (shown.fd < 0) {
		lent_end(job->thread->process);
		return mapping_fails(-shown.fd);
	}
	shown.flags &= ~MAP_TYPE;
	shown.flags |= call->kind == MAPPING_PRIVATE ? MAP_PRIVATE : MAP_SHARED;
	shown.offset = 0;
	result = window_map(job, &shown, true);
	/* Another thread may have put another file at that number. */
	if (is_the_copy(shown.fd, copy))
		close_in_program(job, shown.fd);
	lent_end(job->thread->process);
	if (result == MAP_FAILED)
		return result;
	return serve_mapped(call, result, maps_identity((uintptr_t)result, copy->made.self), copy);
}

void *engine_buffer(const struct mapping *call, struct file *file)
{
	struct job *job = job_mine();
	struct copy *copy;
	struct part part;
	void *result = MAP_FAILED;

	if (call->prot & PROT_EXEC || has_filters_of_its_own(job))
		return mapping_fails(ENOTSUP);
	if (!make_part(call, file->fd, &part))
		return mapping_fails(EBADF);
	copy = get_copy(&part, file);
	if (!copy)
		return MAP_FAILED;
	if (file_copied(file, copy->made.database))
		result = map_copy(job, call, copy);
	else
		errno = EMEDIUMTYPE;
	tracees_lock();
	copy_drop(copy);
	tracees_unlock();
	return result;
}

/* True for a copy, opened read-only: one that is still mapped, or a memfd with our name. */
static bool is_copy(int directory, const char *number)
{
	char name[32];
	struct statx found;
	struct stat link;
	ssize_t length = readlinkat(directory, number, name, sizeof(name) - 1);
	bool known;

	if (length < 0 || fstatat(directory, number, &link, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (link.st_mode & S_IRWXU) != (S_IRUSR | S_IXUSR))
		return false;
	name[length] = '\0';
	if (strcmp(name, "/memfd:privmap (deleted)") == 0)
		return true;
	if (syscall(SYS_statx, directory, number, AT_STATX_DONT_SYNC, STATX_INO, &found) < 0)
		return false;
	tracees_lock();
	known = copies_have((struct identity){
		.device = makedev(found.stx_dev_major, found.stx_dev_minor),
		.inode = found.stx_ino,
	});
	tracees_unlock();
	return known;
}

void copies_take_back(struct job *job)
{
	char name[40];
	struct dirent *entry;
	DIR *numbers;

	/* The call that stopped the child is its fork(2), which returns 0. */
	job->result = 0;
	snprintf(name, sizeof(name), "/proc/%d/fd", job->thread->id);
	numbers = opendir(name);
	if (!numbers)
		return;
	while ((entry = readdir(numbers)))
		if (is_copy(dirfd(numbers), entry->d_name))
			job_call(job, job->thread->call.abi->close,
				 strtoul(entry->d_name, NULL, 10), 0, 0, 0, 0, 0);
	closedir(numbers);
}
