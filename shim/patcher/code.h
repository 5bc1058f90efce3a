/* SPDX-License-Identifier: MIT */
/*
 * One instruction of x86-64, as far as the patcher needs to know it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum code_kind {
	CODE_PLAIN, /* the next one follows */
	CODE_SYSCALL,
	CODE_JUMP,	    /* goes to target, always */
	CODE_BRANCH,	    /* goes to target, or on */
	CODE_CALL,	    /* comes back, unless what is called does not */
	CODE_INDIRECT_JUMP, /* by a register or memory */
	CODE_END,	    /* returns, or traps */
};

/* How an instruction changes general registers. */
enum code_effect {
	EFFECT_NONE,	 /* none is written */
	EFFECT_CONSTANT, /* to becomes constant */
	EFFECT_LOW,	 /* the lowest byte of to does */
	EFFECT_COPY,	 /* to becomes what is in from */
	EFFECT_LOAD,	 /* to becomes what is at displacement of the stack pointer */
	EFFECT_PUSH,	 /* constant is pushed */
	EFFECT_POP,	 /* to is popped */
	EFFECT_OTHER,	 /* those of the mask written become anything */
};

enum { CODE_LONGEST = 15, REGISTERS = 16, REGISTER_AX = 0, REGISTER_SP = 4 };

struct code {
	uint8_t length;
	enum code_kind kind;
	bool has_target; /* names an address: as a branch, or relative to the instruction */
	uint64_t target;
	uint8_t relative; /* where in it the 4 bytes are that are relative to its end; 0: none */
	uint8_t constant_at[2], constant_size[2]; /* where numbers stand in it; size 0: none */
	bool marks;				  /* endbr64: where indirect branches may come to */
	enum code_effect effect;
	uint8_t to, from;
	bool moves;	  /* of those that EFFECT_OTHER changes one may become what is in from */
	bool loads;	  /* what it writes comes from memory, and from no register */
	int64_t constant; /* or displacement */
	uint16_t written; /* a bit for each general register */
};

/* False: the bytes are no instruction, or one that no compiled program has. */
bool code_decode(const uint8_t *bytes, size_t left, uint64_t address, struct code *code);

/* Whether there is a disassembler in this build. */
bool code_is_known(void);
