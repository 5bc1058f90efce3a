/* SPDX-License-Identifier: MIT */
/*
 * One instruction of x86-64: the properties that the patcher needs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum code_kind {
	CODE_PLAIN, /* goes on with the next one */
	CODE_SYSCALL,
	CODE_JUMP,	    /* always goes to target */
	CODE_BRANCH,	    /* goes to target, or on */
	CODE_CALL,	    /* comes back, unless the called function does not return */
	CODE_INDIRECT_JUMP, /* by a register or memory */
	CODE_END,	    /* returns, or traps */
};

/* How an instruction changes general registers. */
enum code_effect {
	EFFECT_NONE,	 /* none is written */
	EFFECT_CONSTANT, /* to becomes constant */
	EFFECT_LOW,	 /* the lowest byte of to becomes constant */
	EFFECT_COPY,	 /* to becomes the value of from */
	EFFECT_LOAD,	 /* to becomes the word at from + constant, on the stack */
	EFFECT_PUSH,	 /* constant is pushed */
	EFFECT_POP,	 /* to is popped */
	EFFECT_OTHER,	 /* the registers in the mask written become unknown */
};

enum { CODE_LONGEST = 15, REGISTERS = 16, REGISTER_AX = 0, REGISTER_SP = 4 };

struct code {
	uint8_t length;
	enum code_kind kind;
	bool has_target; /* names an address: as a branch does, or relative to the instruction */
	uint64_t target;
	uint8_t relative; /* offset of 4 bytes that are relative to its end; 0: none */
	uint8_t constant_at[2], constant_size[2]; /* its numbers; size 0: none */
	bool marks;				  /* endbr64: indirect branches may lead here */
	enum code_effect effect;
	uint8_t to, from;
	bool moves;	  /* a register that EFFECT_OTHER changes may become the value of from */
	bool loads;	  /* its result comes from memory, and from no register */
	int64_t constant; /* or displacement */
	uint16_t written; /* a bit for each general register */
};

/* False if the bytes are no instruction, or one that no compiled program has. */
bool code_decode(const uint8_t *bytes, size_t left, uint64_t address, struct code *code);

/* True if this build has a disassembler. */
bool code_is_known(void);
