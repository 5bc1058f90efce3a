/* SPDX-License-Identifier: MIT */
/*
 * Whether the preload library or the tracer can reach a program, and if not, why.
 */
#pragma once

#include "program.h"

#include <stdbool.h>

struct reach {
	bool reached;	 /* LD_PRELOAD brings libprivmap.so into the program */
	bool unusual;	 /* if not, for a reason that its user should know */
	bool loses; /* which is that it has privileges of its own, and traced would have none */
	char why[320];	 /* as the end of a sentence: "it is a static program" */
};

struct reach reach_by_preload(const struct program *program);

/* "x86_64", "i386", ...; "machine 123" for others, in a buffer of the caller's (16 bytes). */
const char *elf_machine_name(const struct elf *elf, char *room);

/* Whether the tracer knows the system calls of programs like it (trace/tracee/abi.c). */
bool reach_by_trace(const struct elf *elf);

/*
 * What the program's file gives whoever runs it: "set-user-ID", "set-group-ID" or "file
 * capabilities"; NULL: nothing. gained: only what this process would get that it has not.
 */
const char *privileges_of(const char *path, bool gained);
