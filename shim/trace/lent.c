/* SPDX-License-Identifier: MIT */
/*
 * Finds and closes what a forked child has of its parent's copies.
 */
#include "lent.h"

#include "copies.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { LONG_AGO = 10 }; /* seconds: a busy tracer hears of a fork later */

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

void lent_inherit(struct process *child, const struct process *parent)
{
	child->lent = parent->lending ? seconds() : parent->lent;
}

/* With CLONE_FILES it would close its parent's. Where nobody knows it keeps what it has. */
bool lent_files(const struct thread *maker, const struct thread *made)
{
	return made->process->lent && syscall(SYS_kcmp, maker->id, made->id, KCMP_FILES, 0, 0) > 0;
}

bool lent_to(const struct process *process)
{
	return process->lent && seconds() - process->lent < LONG_AGO;
}

/* A copy that is still mapped, or one in memory, which nothing else is called; open to be read. */
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

void lent_take_back(struct job *job)
{
	char name[40];
	struct dirent *entry;
	DIR *numbers;

	/* What its fork(2) returned. */
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
