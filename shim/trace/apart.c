/* SPDX-License-Identifier: MIT */
/*
 * Keeps a process that waits for the command apart from it (apart.h).
 */
#include "apart.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Closes them one by one: Linux before 5.9 has no close_range(2). */
static void close_each(int kept, int also)
{
	DIR *files = opendir("/proc/self/fd");
	struct dirent *entry;

	while (files && (entry = readdir(files))) {
		int fd = atoi(entry->d_name);

		if (fd > STDERR_FILENO && fd != kept && fd != also && fd != dirfd(files))
			close(fd);
	}
	if (files)
		closedir(files);
}

static bool close_between(int first, unsigned last)
{
	return (unsigned)first > last || !syscall(SYS_close_range, first, last, 0);
}

static void close_all_but(int kept, int also)
{
	int low = kept < also ? kept : also, high = kept < also ? also : kept;

	if (low <= STDERR_FILENO)
		low = STDERR_FILENO;
	if (!close_between(STDERR_FILENO + 1, (unsigned)low - 1) ||
	    !close_between(low + 1, (unsigned)high - 1) || !close_between(high + 1, ~0U))
		close_each(kept, also);
}

/* Where there is no /dev/null, what can be neither read nor written takes its place. */
void apart_from_files(int kept, int also, int first, int last)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		null = open("/", O_PATH | O_CLOEXEC);
	for (int fd = first; fd <= last; fd++)
		dup2(null, fd);
	close_all_but(kept, also);
}

void apart_end_as(int wait_status)
{
	sigset_t all;

	if (WIFSIGNALED(wait_status)) {
		prctl(PR_SET_DUMPABLE, 0);
		signal(WTERMSIG(wait_status), SIG_DFL);
		sigfillset(&all);
		sigprocmask(SIG_UNBLOCK, &all, NULL);
		raise(WTERMSIG(wait_status));
		/* The first process of a pid namespace survives that. */
		_exit(128 + WTERMSIG(wait_status));
	}
	_exit(WEXITSTATUS(wait_status));
}
