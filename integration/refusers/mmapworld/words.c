/* SPDX-License-Identifier: MIT */
/*
 * mmapworld: the errnos and calls that it knows by name, for the command line and for records.
 */
#define _GNU_SOURCE 1
#include "mmapworld.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define WORD(name)                                                                                 \
	{                                                                                          \
#name, name                                                                        \
	}
#define CALL(name)                                                                                 \
	{                                                                                          \
#name, SYS_##name                                                                  \
	}

struct word {
	const char *name;
	long number;
};

/* Filesystems refuse with the first five. */
static const struct word errnos[] = {
	WORD(ENODEV), WORD(EINVAL), WORD(EOPNOTSUPP), WORD(ENOSYS), WORD(ENOEXEC),
	WORD(EACCES), WORD(EAGAIN), WORD(EBADF),      WORD(EDQUOT), WORD(EEXIST),
	WORD(EFAULT), WORD(EFBIG),  WORD(EINTR),      WORD(EIO),    WORD(EMFILE),
	WORD(ENFILE), WORD(ENOENT), WORD(ENOMEM),     WORD(ENOSPC), WORD(ENOTTY),
	WORD(EPERM),  WORD(EPIPE),  WORD(EROFS),      WORD(ESRCH),  WORD(ETIMEDOUT),
};

/* Calls that the library may make; others have numbers. */
static const struct word calls[] = {
	CALL(clock_gettime), CALL(close),	   CALL(faccessat),    CALL(fallocate),
	CALL(fcntl),	     CALL(fdatasync),	   CALL(flock),	       CALL(fstat),
	CALL(fstatfs),	     CALL(fsync),	   CALL(ftruncate),    CALL(futex),
	CALL(getpid),	     CALL(gettid),	   CALL(getrandom),    CALL(ioctl),
	CALL(lseek),	     CALL(madvise),	   CALL(memfd_create), CALL(mincore),
	CALL(mlock),	     CALL(mmap),	   CALL(mprotect),     CALL(mremap),
	CALL(msync),	     CALL(munlock),	   CALL(munmap),       CALL(newfstatat),
	CALL(openat),	     CALL(pkey_mprotect),  CALL(prctl),	       CALL(pread64),
	CALL(prlimit64),     CALL(pwrite64),	   CALL(read),	       CALL(readlinkat),
	CALL(rt_sigpending), CALL(rt_sigprocmask), CALL(sched_yield),  CALL(sendto),
	CALL(socket),	     CALL(connect),	   CALL(statx),	       CALL(write),
	CALL(execve),	     CALL(dup3),	   CALL(linkat),       CALL(unlinkat),
	CALL(nanosleep),
};

enum { ERRNOS = sizeof(errnos) / sizeof(*errnos), CALLS = sizeof(calls) / sizeof(*calls) };

static long number_of(const char *name, const struct word *words, size_t count, long none)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i].name, name) == 0)
			return words[i].number;
	return none;
}

int errno_of(const char *name)
{
	return (int)number_of(name, errnos, ERRNOS, 0);
}

bool errno_refuses(int error)
{
	for (size_t i = 0; i < 5; i++)
		if (errnos[i].number == error)
			return true;
	return false;
}

long call_of(const char *name)
{
	long number;

	return sscanf(name, "call-%ld", &number) == 1 ? number : number_of(name, calls, CALLS, -1);
}

const char *call_name(long call)
{
	static char other[32];

	for (size_t i = 0; i < CALLS; i++)
		if (calls[i].number == call)
			return calls[i].name;
	snprintf(other, sizeof(other), "call-%ld", call);
	return other;
}
