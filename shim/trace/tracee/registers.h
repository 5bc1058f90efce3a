/* SPDX-License-Identifier: MIT */
/*
 * The registers of a stopped thread: what system call it makes, and with what result it goes on.
 */
#pragma once

#include "abi.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct registers {
	union {
		struct user_regs_struct all; /* of i386 programs, too, under x86_64 */
		uint64_t words[sizeof(struct user_regs_struct) / sizeof(uint64_t)];
	};
	/* The call's number, where that is no register: once it is entered, and not made yet. */
	int entered;
	bool sets_entered;
};

/* False if the thread is gone. */
bool registers_get(pid_t thread, struct registers *registers);
bool registers_set(pid_t thread, const struct registers *registers);

/*
 * The ABI of the call that a stopped thread has entered, or comes out of, where the kernel does not
 * say it (info.c): may read the thread's memory, and then waits for who changes its mappings.
 */
const struct abi *registers_abi(const struct registers *registers, pid_t thread);

/* That call. */
void registers_call(const struct registers *registers, const struct abi *abi, int *number,
		    uint64_t arguments[6]);

/* What the call that it comes out of has returned, as wide as a register. */
int64_t registers_result(const struct registers *registers);

/* A call that the thread has entered becomes this one. */
void registers_replace(struct registers *registers, const struct abi *abi, int number,
		       const uint64_t arguments[6]);

/* A thread that comes out of a call goes back and makes this one: registers as at that call. */
void registers_repeat(struct registers *registers, const struct abi *abi, int number,
		      const uint64_t arguments[6]);

/* A call that the thread has entered is not made, and returns this. */
void registers_skip(struct registers *registers, int64_t result);

/* A call that the thread comes out of has returned this. */
void registers_return(struct registers *registers, int64_t result);
