/* SPDX-License-Identifier: MIT */
/*
 * The filters that stop a traced program, and what they stop it for.
 */
#pragma once

#include "abi.h"
#include "ldcache.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* Why a thread was stopped. */
enum stop {
	STOP_CANDIDATE, /* mmap of a candidate, shared or private (mapping.h) */
	STOP_WRITTEN,	/* mmap of what is to be written, too (mapping_is_written()) */
	STOP_PLACE,	/* mmap to where something may be, or was, converted */
	STOP_UNMAP,	/* munmap of what may be a copy */
	STOP_PROTECT,	/* mprotect of either, with PROT_WRITE or PROT_EXEC */
	STOP_REMAP,	/* mremap of it, or to its place */
	STOP_PTRACE,	/* the program wants to trace, or to be traced */
	STOP_EXIT,	/* exit_group */
	STOP_SECCOMP,	/* the program sets a filter of its own */
	STOP_UNTRACED,	/* clone of what would not be traced, and still be filtered */
	STOP_NOT_OURS,	/* a filter of the program's own says so */
};

/*
 * What a filter hands to the tracer for that (SECCOMP_RET_DATA). Chosen at random when privmap is
 * started, for all that it forks, so that no program's own filter says the same.
 */
void filter_choose_data(unsigned random);
unsigned filter_data(enum stop why);

/*
 * What flags of mmap(2) are to have besides, so that none of our filters stops it: in their upper
 * half, at which no kernel looks unless it is MAP_SHARED_VALIDATE. Chosen with that. 0 where there
 * is no upper half: the call is stopped.
 */
uint64_t filter_pass(const struct abi *abi);

/* Why a call was stopped for which a filter has handed this over. */
enum stop filter_why(unsigned data, const struct abi *abi, int number);

enum { FILTER_ROOM = 256 };

struct filter {
	struct sock_filter code[FILTER_ROOM];
	unsigned short length;
};

/* Of a call of mmap(2): whether it is one by its arguments. The filter may stop some more. */
bool filter_is_candidate(int prot, int flags);

/*
 * The filter that a traced program starts with. What is in the window (abi.h) may be converted. A
 * converted mapping that is gone costs nobody anything, so its munmap is not stopped, unless it is
 * among the copies; but what comes to its place is then seen, also if the address was only a hint.
 * wanted: FILTER_EXITS: stop at exit_group, too; FILTER_WRITTEN: and for STOP_WRITTEN. ldcache:
 * private mappings are candidates, but for that one; NULL: only those of no file are, so that it
 * can be tried whether the filter is heard (preempted.h).
 */
enum { FILTER_EXITS = 1, FILTER_WRITTEN = 2 };
void filter_first(struct filter *filter, unsigned wanted, const struct ldcache *ldcache);

/*
 * Added where something was converted outside of the window: all addresses may be. The kernel may
 * choose these by itself, so there every munmap is seen.
 */
void filter_guard(struct filter *filter);
