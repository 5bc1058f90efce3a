/* SPDX-License-Identifier: MIT */
/*
 * Blocks all signals, and restores them: around work that the program's handlers must not leave
 * half done, by siglongjmp(3) or by cancellation. Each engine supplies the two. In the tracer they
 * do nothing, because its threads run no handlers of a program.
 */
#pragma once

#include <stdint.h>

/* The signals that were blocked before. */
struct signals {
	uint64_t blocked[2];
};

void signals_block(struct signals *before);
void signals_restore(const struct signals *before);
