/* SPDX-License-Identifier: MIT */
/*
 * The registers of a stopped thread: which system call it makes, and with which result it goes on.
 */
#pragma once

#include "abi.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct registers {
	union {
		struct user_regs_struct all; /* of i386 programs, too, on x86_64 */
		uint64_t words[sizeof(struct user_regs_struct) / sizeof(uint64_t)];
	};
	/* The number of a call that was entered and not made yet, where no register holds it. */
	int entered;
	bool sets_entered;
};

/* False if the thread is gone. */
bool registers_get(pid_t thread, struct registers *registers);
bool registers_set(pid_t thread, const struct registers *registers);

/*
 * Returns the ABI of the call that a stopped thread has entered, or leaves, for kernels that do not
 * tell it (info.c). May read the thread's memory, which waits for threads that change its mappings.
 */
const struct abi *registers_abi(const struct registers *registers, pid_t thread);

/* Returns the number and the arguments of that call. */
void registers_call(const struct registers *registers, const struct abi *abi, int *number,
		    uint64_t arguments[6]);

/* Returns the result of the call that the thread leaves, as wide as a register. */
int64_t registers_result(const struct registers *registers);

/* True if a thread is after the instruction with which it entered that call, as at its end. */
bool registers_are_after(const struct registers *registers, const struct registers *entered);

/* Replaces the call that the thread has entered. */
void registers_replace(struct registers *registers, const struct abi *abi, int number,
		       const uint64_t arguments[6]);

/*
 * Makes a thread that leaves a call go back and make this one. registers are those of the old call.
 */
void registers_repeat(struct registers *registers, const struct abi *abi, int number,
		      const uint64_t arguments[6]);

/* Skips the call that the thread has entered: it returns result. */
void registers_skip(struct registers *registers, int64_t result);

/* Changes the result of the call that the thread leaves. */
void registers_return(struct registers *registers, int64_t result);
