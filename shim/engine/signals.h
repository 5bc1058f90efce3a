/* SPDX-License-Identifier: MIT */
/*
 * Blocks all signals, and lets them in again: for what a handler of the host must not leave half
 * done, by siglongjmp(3) or by being cancelled. Each engine supplies the two; the threads of the
 * tracer run no code of a host, so there they do nothing.
 */
#pragma once

#include <stdint.h>

struct robust_list_head;

/*
 * What signals were blocked before, to be given back; and what a thread of the preload library was
 * asked for its first lock since, which is what its next ones need: nothing of it changes while
 * they are blocked.
 */
struct signals {
	uint64_t blocked[2];
	uint32_t thread;	       /* its id; 0: not asked yet */
	struct robust_list_head *list; /* NULL: not asked, or it has none */
};

void signals_block(struct signals *before);
void signals_restore(const struct signals *before);
