/* SPDX-License-Identifier: MIT */
/*
 * Where the functions of a program begin and end, by the tables for unwinding (.eh_frame) and the
 * table of Go (.gopclntab). Stripped programs keep these.
 */
#pragma once

#include "binary.h"

struct function {
	uint64_t start, end;
	uint64_t landing; /* the table of its landing pads; 0: none */
	bool signal;	  /* the kernel makes its frame: begins a byte early, never patched */
};

struct functions {
	struct function *all; /* sorted, from malloc */
	size_t count, room;
	bool go; /* the program has Go's table */
};

/* False, with a reason, if a table cannot be read. */
bool functions_find(struct functions *functions, struct binary *binary);
void functions_forget(struct functions *functions);

/* Returns the function that address is in; NULL if no table knows it. */
const struct function *functions_at(const struct functions *functions, uint64_t address);

/* True if a landing pad of function lies in [first, last], or if the pads cannot be read. */
bool function_lands_in(const struct function *function, const struct binary *binary, uint64_t first,
		       uint64_t last);
