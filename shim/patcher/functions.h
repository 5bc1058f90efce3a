/* SPDX-License-Identifier: MIT */
/*
 * Where the functions of a program begin and end, as its own tables say: those for unwinding
 * (.eh_frame) and that of Go (.gopclntab), which stay in stripped programs.
 */
#pragma once

#include "binary.h"

struct function {
	uint64_t start, end;
	uint64_t landing; /* the table of its landing pads; 0: none */
	bool signal;	  /* a frame that the kernel made: begins a byte early, never touched */
};

struct functions {
	struct function *all; /* sorted, from malloc */
	size_t count, room;
	bool go; /* there is Go's table */
};

/* False, with a reason: there is a table that cannot be read. */
bool functions_find(struct functions *functions, struct binary *binary);
void functions_forget(struct functions *functions);

/* The one that address is in; NULL: no table knows. */
const struct function *functions_at(const struct functions *functions, uint64_t address);

/* Whether a landing pad of function lies in [first, last]: also if that cannot be read. */
bool function_lands_in(const struct function *function, const struct binary *binary, uint64_t first,
		       uint64_t last);
