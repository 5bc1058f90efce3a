/* SPDX-License-Identifier: MIT */
/*
 * Blocks all signals, and lets them in again: for what a handler of the host must not leave half
 * done, by siglongjmp(3) or by being cancelled. Each engine supplies the two; the threads of the
 * tracer run no code of a host, so there they do nothing.
 */
#pragma once

#include <stdint.h>

/* What signals were blocked before, to be given back. */
struct signals {
	uint64_t blocked[2];
};

void signals_block(struct signals *before);
void signals_restore(const struct signals *before);
