/* SPDX-License-Identifier: MIT */
/*
 * Tells whether the preload library or the tracer can reach a program, and if not, why.
 */
#pragma once

#include "program.h"

#include <stdbool.h>

struct reach {
	bool reached;  /* LD_PRELOAD brings libprivmap.so into the program */
	bool unusual;  /* not reached, for a reason that its user should know */
	bool loses;    /* the reason is its privileges, which it would lose if traced */
	char why[320]; /* the reason, as the end of a sentence: "it is a static program" */
};

struct reach reach_by_preload(const struct program *program);

/* Returns "x86_64", "i386", ...; for others "machine 123", in the caller's buffer (16 bytes). */
const char *elf_machine_name(const struct elf *elf, char *room);

/* True if the tracer knows the system calls of such programs (trace/tracee/abi.c). */
bool reach_by_trace(const struct elf *elf);

/*
 * Returns what privileges the program's file gives to its users: "set-user-ID", "set-group-ID" or
 * "file capabilities"; NULL: none. gained: counts only privileges that this process does not have.
 */
const char *privileges_of(const char *path, bool gained);
