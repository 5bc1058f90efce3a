/*
 * What the parts of mmapworld share: the world that is asked for, the filter that brings calls to
 * us, the loop that answers them. Included by integration/mmapworld*.c only.
 */
#ifndef MMAPWORLD_H
#define MMAPWORLD_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum refuse {
	REFUSE_NOTHING,
	REFUSE_RDWR,   /* shared mappings of files opened O_RDWR */
	REFUSE_SHARED, /* shared mappings */
	REFUSE_PRIVATE /* those and private ones */
};

struct world {
	enum refuse refuse;
	int error;	   /* the errno of what is refused */
	const char *below; /* only files below this directory; NULL: everywhere */
};

/* The words of the command line: 0 for one that is none. mmapworld-words.c */
int errno_of(const char *name);

/* Makes this process and all that it becomes ask us; the listener's fd, or -errno. */
int filter_install(const struct world *world);

/* What the supervisor says when COMMAND has ended. */
struct end {
	int how;     /* as waitpid(2) says */
	bool of_all; /* the supervisor ends as well: nobody is left */
};

/* Answers until no process is left; what becomes of `command` is written to `status`. */
void serve(const struct world *world, int listener, pid_t command, int status);

/* The errno of a mapping that this world refuses, 0 for one that is the kernel's to answer. */
int refused(const struct world *world, const struct seccomp_notif *call, int listener);

/* The fd of the caller, as one of ours; -1 if it has none, or has gone. */
int caller_fd(const struct seccomp_notif *call, int listener, int fd);

#endif
