/* SPDX-License-Identifier: MIT */
/*
 * The functions that enter.S calls. The engine knows nothing of a static program's threads,
 * handlers and libraries, and its stacks may have any size. So:
 *
 * - It uses at most PATCHED_HOST_STACK bytes of the program's stack, in addition to the 128 that a
 *   function may use below its stack pointer.
 * - It serves calls on one of its stacks, with all signals blocked: a handler that
 *   leaves by siglongjmp(3) would take the stack with it.
 * - errno is at the start of the engine's stack that is in use. There is no other thread-local
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
	int64_t number; /* then the result */
};

/* Relocates the image. Must run before anything of its data is used. */
void patched_relocate(const char *image);

/* The end of the stack for the start, before other threads can exist. */
void *patched_first_stack(void);

/* The program's start; stack: as the kernel made it. */
void patched_begin(uintptr_t *stack);

/* The results of patched_try(). */
enum {
	PATCHED_PASSED, /* the program must make the call */
	PATCHED_DONE,	/* the call was made; number has the result */
	PATCHED_SERVED, /* the engine must make the call: patched_serve() */
};

/*
 * On the program's stack: makes a call that needs nothing but the kernel's result, or tells who
 * must make it. Never makes a call that unmaps or moves the stack that it runs on, because it could
 * not return.
 */
int patched_try(struct patched_call *call);

/*
 * Blocks signals, and takes a stack; returns its end. Waits while all are in use. NULL after a
 * minute: the call must be passed on.
 */
void *patched_take(struct signals *before);

/* On the program's stack, if none of the engine's was free: PATCHED_PASSED or PATCHED_DONE. */
int patched_give_up(struct patched_call *call);

/* On an engine's stack: the result as the kernel returns it. */
int64_t patched_serve(const struct patched_call *call);

/* On the program's stack again. stack: any address in the engine's stack. */
void patched_leave(uintptr_t stack, const struct signals *before);
