/* SPDX-License-Identifier: MIT */
/*
 * The filters that stop a traced program, and their reasons.
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
	STOP_WRITTEN,	/* mmap of a mapping that is written (mapping_is_written()) */
	STOP_PLACE,	/* mmap to a place where a converted mapping may be, or was */
	STOP_UNMAP,	/* munmap of a possible copy */
	STOP_PROTECT,	/* mprotect of a possible one or copy, with PROT_WRITE or PROT_EXEC */
	STOP_REMAP,	/* mremap of one, or to its place */
	STOP_PTRACE,	/* the program wants to trace, or to be traced */
	STOP_EXIT,	/* exit_group */
	STOP_SECCOMP,	/* the program sets a filter */
	STOP_UNTRACED,	/* clone of a child that would be filtered, but not traced */
	STOP_NOT_OURS,	/* a filter of the program stopped it */
};

/*
 * The number that a filter hands to the tracer for that reason (SECCOMP_RET_DATA). It is chosen at
 * random when privmap starts, and its children keep it: a program's own filter does not use it.
 */
void filter_choose_data(unsigned random);
unsigned filter_data(enum stop why);

/*
 * Bits to add to the flags of mmap(2), so that none of our filters stops the call. They are in the
 * upper half, which kernels read for MAP_SHARED_VALIDATE only. filter_choose_data() chooses them,
 * too. 0 for ABIs without an upper half: there filters stop the call.
 */
uint64_t filter_pass(const struct abi *abi);

/* Returns why a call was stopped, by the number that a filter handed over. */
enum stop filter_why(unsigned data, const struct abi *abi, int number);

enum { FILTER_ROOM = 256 };

struct filter {
	struct sock_filter code[FILTER_ROOM];
	unsigned short length;
};

/*
 * True if a call of mmap(2) is a candidate by its arguments. The filter may stop some other calls.
 */
bool filter_is_candidate(int prot, int flags);

/*
 * The filter that a traced program starts with. Any mapping in the window (abi.h) may be converted.
 * The filter does not stop the munmap of a converted mapping, as a range that is gone does no harm,
 * but it stops that of copies. It also stops an mmap to their place, even if the address is only a
 * hint.
 * wanted: FILTER_EXITS stops exit_group, too; FILTER_WRITTEN adds STOP_WRITTEN. ldcache: private
 * mappings are candidates, except that of the loader's cache. NULL: only private mappings without a
 * file (fd -1) are, so that preempted.h can try whether the kernel hears the filter.
 */
enum { FILTER_EXITS = 1, FILTER_WRITTEN = 2 };
void filter_first(struct filter *filter, unsigned wanted, const struct ldcache *ldcache);

/*
 * The second filter, added when a mapping was converted outside of the window: it looks at all
 * addresses. It stops every munmap, because the kernel may reuse these addresses by itself.
 */
void filter_guard(struct filter *filter);
