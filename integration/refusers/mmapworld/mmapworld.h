/* SPDX-License-Identifier: MIT */
/*
 * Shared by the parts of mmapworld: the requested world, the filter that brings calls to us, the
 * loop that answers them.
 */
#ifndef MMAPWORLD_H
#define MMAPWORLD_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>

#ifdef SYS_mmap2
#define MAP_CALL SYS_mmap2
#else
#define MAP_CALL SYS_mmap
#endif

enum refuse {
	REFUSE_NOTHING,
	REFUSE_RDWR,   /* shared mappings of files opened O_RDWR */
	REFUSE_SHARED, /* shared mappings */
	REFUSE_PRIVATE /* those and private ones */
};

/* A call of the library's own code that shall fail. */
struct fault {
	long call; /* its number; < 0: none fails */
	int error;
	bool is_short;		   /* does half of its read or write, in place of failing */
	unsigned long first, last; /* which of those calls; counted from 1 */
};

struct world {
	enum refuse refuse;
	int error;	     /* the errno of refused mappings */
	const char *below;   /* only files below this directory; NULL: everywhere */
	const char *library; /* the library for the fields below: "libprivmap.so" */
	struct fault fault;
	int record; /* where to write down its calls; -1: nowhere */
};

/* Words of the command line. Return 0 for an unknown errno, -1 for an unknown call. words.c */
int errno_of(const char *name);
bool errno_refuses(int error);
long call_of(const char *name);
/* Returns the name, or "call-NUMBER", which call_of() knows as well. */
const char *call_name(long call);

/*
 * Makes this process, and all programs that it becomes, ask us. Returns the listener's fd, or
 * -errno.
 */
int filter_install(const struct world *world);

/* What the supervisor reports when COMMAND has ended. */
struct end {
	int how;     /* the status of waitpid(2) */
	bool of_all; /* no process is left: the supervisor ends as well */
};

/* Answers until no process is left. Writes the end of `command` to `status`. */
void serve(const struct world *world, int listener, pid_t command, int status);

/*
 * Applies the world's fault to a call of the library. True if that is an answer, an error or a
 * number of bytes; false if the call goes on. fault.c
 */
bool faulty(const struct world *world, const struct seccomp_notif *call, int listener,
	    struct seccomp_notif_resp *answer);

/* Returns the errno for a mapping that this world refuses; 0 if the kernel is to answer. */
int refused(const struct world *world, const struct seccomp_notif *call, int listener);

/* Returns a copy of the caller's fd; -1 if it is closed, or if the caller is gone. */
int caller_fd(const struct seccomp_notif *call, int listener, int fd);

#endif
