/* SPDX-License-Identifier: MIT */
/*
 * What enter.S calls. Static programs have threads and handlers that nobody here knows, libraries
 * that nobody can ask, and stacks of any size. So:
 *
 * - On the program's own stack at most PATCHED_HOST_STACK bytes are used, beside the 128 that a
 *   function may use below its stack pointer.
 * - What is done is done on one of the engine's stacks, with all signals blocked: a handler that
 *   leaves by siglongjmp(3) would take the stack with it.
 * - errno lies at the start of the engine's stack that is in use. There is no other thread-local
 *   memory; %fs is the program's.
 */
#pragma once

#include "signals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PATCHED_HOST_STACK = 192,
	PATCHED_STACK = 64 * 1024,
	PATCHED_STACKS = 64,
};

/* A system call as a trampoline was about to make it; enter.S lays it out. */
struct patched_call {
	uint64_t arguments[6];
	int64_t number; /* later the result */
};

/* Makes the image's own addresses right, wherever it lies; before anything of its data is used. */
void patched_relocate(const char *image);

/* The end of the stack that the start uses, before any other thread can be there. */
void *patched_first_stack(void);

/* The program's start; stack: what the kernel has put on it. */
void patched_begin(uintptr_t *stack);

/* What patched_try() answers. */
enum {
	PATCHED_PASSED, /* the program is to make the call */
	PATCHED_DONE,	/* the call is made; the result is in its place */
	PATCHED_SERVED, /* the call is the engine's: patched_serve() */
};

/*
 * On the program's stack: makes a call that needs nothing but the kernel's answer, or tells who
 * makes it. A call that unmaps or moves the stack it is made on is never made here, because there
 * would be none to come back to.
 */
int patched_try(struct patched_call *call);

/*
 * Blocks signals, and takes a stack; its end. While all are in use it waits for one. NULL after a
 * minute: the call is to be passed on.
 */
void *patched_take(struct signals *before);

/* On the program's stack, where none of the engine's is free: PATCHED_PASSED or PATCHED_DONE. */
int patched_give_up(struct patched_call *call);

/* On an engine's stack: the result, as the kernel has it. */
int64_t patched_serve(const struct patched_call *call);

/* On the program's stack again. stack: any address in the engine's. */
void patched_leave(uintptr_t stack, const struct signals *before);
