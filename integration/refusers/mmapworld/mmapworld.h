/* SPDX-License-Identifier: MIT */
/*
 * What the parts of mmapworld share: the world that is asked for, the filter that brings calls to
 * us, the loop that answers them.
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

/* A call made from the library's own code that is to fail. */
struct fault {
	long call; /* its number; < 0: none fails */
	int error;
	bool is_short;		   /* reads or writes half of what it should, in place of failing */
	unsigned long first, last; /* of those calls: which ones; counted from 1 */
};

struct world {
	enum refuse refuse;
	int error;	   /* the errno of what is refused */
	const char *below; /* only files below this directory; NULL: everywhere */
	const char *library; /* whose calls are meant below: "libprivmap.so" */
	struct fault fault;
	int record; /* where its calls are written down; -1: nowhere */
};

/* The words of the command line. 0 for an errno, -1 for a call that is none. words.c */
int errno_of(const char *name);
bool errno_refuses(int error);
long call_of(const char *name);
/* The name, or "call-NUMBER", which call_of() knows as well. */
const char *call_name(long call);

/* Makes this process and all that it becomes ask us; the listener's fd, or -errno. */
int filter_install(const struct world *world);

/* What the supervisor says when COMMAND has ended. */
struct end {
	int how;     /* as waitpid(2) says */
	bool of_all; /* the supervisor ends as well: nobody is left */
};

/* Answers until no process is left; what becomes of `command` is written to `status`. */
void serve(const struct world *world, int listener, pid_t command, int status);

/*
 * Does to a call of the library what the world's fault says. True if that is an answer, an error
 * or a number of bytes; false: the call goes on. fault.c
 */
bool faulty(const struct world *world, const struct seccomp_notif *call, int listener,
	    struct seccomp_notif_resp *answer);

/* The errno of a mapping that this world refuses, 0 for one that is the kernel's to answer. */
int refused(const struct world *world, const struct seccomp_notif *call, int listener);

/* The fd of the caller, as one of ours; -1 if it has none, or has gone. */
int caller_fd(const struct seccomp_notif *call, int listener, int fd);

#endif
