/*
 * The filters that stop a traced program, and what they stop it for.
 */
#ifndef PRIVMAP_FILTER_H
#define PRIVMAP_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* Why a thread was stopped: what the filter hands to the tracer (SECCOMP_RET_DATA). */
enum stop {
	STOP_CANDIDATE = 0x7000, /* mmap of a candidate (mapping.h) */
	STOP_PLACE,		 /* mmap to where something may be, or was, converted */
	STOP_UNMAP,		 /* munmap of what may be a copy */
	STOP_PROTECT,		 /* mprotect of either, with PROT_WRITE or PROT_EXEC */
	STOP_REMAP,		 /* mremap of it, or to its place */
	STOP_PTRACE,		 /* the program wants to trace, or to be traced */
	STOP_EXIT,		 /* exit_group */
	STOP_END,
};

enum { FILTER_ROOM = 256 };

struct filter {
	struct sock_filter code[FILTER_ROOM];
	unsigned short length;
};

/*
 * The filter that a traced program starts with. What is in the window (abi.h) may be converted. A
 * converted mapping that is gone costs nobody anything, so its munmap is not stopped, unless it is
 * among the copies; but what comes to its place is then seen, also if the address was only a hint.
 * exits: stop at exit_group, too.
 */
void filter_first(struct filter *filter, bool exits);

/*
 * Added where something was converted outside of the window: all addresses may be. The kernel may
 * choose these by itself, so there every munmap is seen.
 */
void filter_guard(struct filter *filter);

#endif
