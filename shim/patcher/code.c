/* SPDX-License-Identifier: MIT */
/*
 * Decodes with Zydis; no other file uses it. A build without Zydis decodes nothing.
 */
#include "code.h"

#include <string.h>

#ifdef PATCHER_ZYDIS
#include <Zydis/Zydis.h>

bool code_is_known(void)
{
	return true;
}

static const ZydisDecoder *decoder(void)
{
	static ZydisDecoder made;
	static bool is_made;

	if (!is_made)
		ZydisDecoderInit(&made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	is_made = true;
	return &made;
}

/* Returns the number of a general register, 0 to 15, or -1. */
static int general(ZydisRegister name)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name);

	return whole >= ZYDIS_REGISTER_RAX && whole <= ZYDIS_REGISTER_R15 ?
		       (int)(whole - ZYDIS_REGISTER_RAX) :
		       -1;
}

/*
 * False for instructions that only kernels use or that trap in programs: data that is taken for
 * code has them.
 */
static bool is_of_programs(const ZydisDecodedInstruction *instruction)
{
	return !(instruction->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) &&
	       instruction->meta.branch_type != ZYDIS_BRANCH_TYPE_FAR &&
	       instruction->meta.category != ZYDIS_CATEGORY_IO &&
	       instruction->meta.category != ZYDIS_CATEGORY_IOSTRINGOP;
}

static enum code_kind kind_of(const ZydisDecodedInstruction *instruction, bool direct)
{
	switch (instruction->mnemonic) {
	case ZYDIS_MNEMONIC_SYSCALL:
		return CODE_SYSCALL;
	case ZYDIS_MNEMONIC_JMP:
		return direct ? CODE_JUMP : CODE_INDIRECT_JUMP;
	case ZYDIS_MNEMONIC_RET:
	case ZYDIS_MNEMONIC_INT3:
	case ZYDIS_MNEMONIC_UD2:
	case ZYDIS_MNEMONIC_HLT:
		return CODE_END;
	case ZYDIS_MNEMONIC_CALL:
		return CODE_CALL;
	default:
		return direct ? CODE_BRANCH : CODE_PLAIN;
	}
}

/* True for whole registers: writing 32 bits sets the upper half to 0. */
static bool is_whole(const ZydisDecodedOperand *operand)
{
	return operand->type == ZYDIS_OPERAND_TYPE_REGISTER && operand->size >= 32 &&
	       general(operand->reg.value) >= 0;
}

static int64_t narrowed(int64_t value, unsigned size)
{
	return size == 32 ? (int64_t)(uint32_t)value : value;
}

static void find_effect(const ZydisDecodedInstruction *instruction,
			const ZydisDecodedOperand *operands, struct code *code)
{
	const ZydisDecodedOperand *to = &operands[0], *from = &operands[1];

	code->effect = code->written ? EFFECT_OTHER : EFFECT_NONE;
	if (instruction->mnemonic == ZYDIS_MNEMONIC_PUSH) {
		code->effect = to->type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? EFFECT_PUSH :
									  EFFECT_OTHER;
		code->constant = to->type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? to->imm.value.s : 0;
		return;
	}
	if (to->type == ZYDIS_OPERAND_TYPE_REGISTER && to->size == 8 &&
	    instruction->mnemonic == ZYDIS_MNEMONIC_MOV &&
	    from->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && to->reg.value >= ZYDIS_REGISTER_AL &&
	    to->reg.value <= ZYDIS_REGISTER_BL) {
		code->effect = EFFECT_LOW;
		code->to = (uint8_t)general(to->reg.value);
		code->constant = from->imm.value.s & 0xff;
		return;
	}
	if (!is_whole(to))
		return;
	if (instruction->meta.category == ZYDIS_CATEGORY_CMOV && is_whole(from)) {
		code->moves = true;
		code->from = (uint8_t)general(from->reg.value);
		return;
	}
	code->to = (uint8_t)general(to->reg.value);
	if (instruction->mnemonic == ZYDIS_MNEMONIC_POP) {
		code->effect = EFFECT_POP;
	} else if (instruction->mnemonic == ZYDIS_MNEMONIC_XOR &&
		   from->type == ZYDIS_OPERAND_TYPE_REGISTER && from->reg.value == to->reg.value) {
		code->effect = EFFECT_CONSTANT;
		code->constant = 0;
	} else if (instruction->mnemonic != ZYDIS_MNEMONIC_MOV &&
		   instruction->mnemonic != ZYDIS_MNEMONIC_MOVSXD) {
		return;
	} else if (from->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		code->effect = EFFECT_CONSTANT;
		code->constant = narrowed(from->imm.value.s, to->size);
	} else if (is_whole(from)) {
		code->effect = EFFECT_COPY;
		code->from = (uint8_t)general(from->reg.value);
	} else if (from->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		   (from->mem.base == ZYDIS_REGISTER_RSP || from->mem.base == ZYDIS_REGISTER_RBP) &&
		   from->mem.index == ZYDIS_REGISTER_NONE &&
		   from->mem.segment == ZYDIS_REGISTER_SS) {
		code->effect = EFFECT_LOAD;
		code->from = (uint8_t)general(from->mem.base);
		code->constant = from->mem.disp.value;
	} else {
		code->loads = from->type == ZYDIS_OPERAND_TYPE_MEMORY;
	}
}

static void look_at_operand(const ZydisDecodedInstruction *instruction,
			    const ZydisDecodedOperand *operand, uint64_t address, struct code *code)
{
	bool written = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
	int number;

	if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && written) {
		number = general(operand->reg.value);
		if (number >= 0)
			code->written |= (uint16_t)(1 << number);
	}
	if ((operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand->imm.is_relative) ||
	    (operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
	     (operand->mem.base == ZYDIS_REGISTER_RIP || operand->mem.base == ZYDIS_REGISTER_EIP)))
		code->has_target = ZYAN_SUCCESS(
			ZydisCalcAbsoluteAddress(instruction, operand, address, &code->target));
	if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->mem.base == ZYDIS_REGISTER_RIP)
		code->relative = instruction->raw.disp.offset;
}

bool code_decode(const uint8_t *bytes, size_t left, uint64_t address, struct code *code)
{
	ZydisDecodedInstruction instruction;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	bool direct = false;

	if (left > CODE_LONGEST)
		left = CODE_LONGEST;
	if (ZYAN_FAILED(ZydisDecoderDecodeFull(decoder(), bytes, left, &instruction, operands)))
		return false;
	memset(code, 0, sizeof(*code));
	if (instruction.mnemonic != ZYDIS_MNEMONIC_HLT && !is_of_programs(&instruction))
		return false;
	code->length = instruction.length;
	code->marks = instruction.mnemonic == ZYDIS_MNEMONIC_ENDBR64;
	for (unsigned i = 0; i < instruction.operand_count; i++) {
		look_at_operand(&instruction, &operands[i], address, code);
		direct |= operands[i].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
			  operands[i].imm.is_relative;
	}
	code->kind = kind_of(&instruction, direct);
	for (unsigned i = 0; i < 2; i++) {
		code->constant_at[i] = instruction.raw.imm[i].offset;
		code->constant_size[i] = (uint8_t)(instruction.raw.imm[i].size / 8);
	}
	if (instruction.raw.disp.size == 32 && !code->relative && !code->constant_size[1]) {
		code->constant_at[1] = instruction.raw.disp.offset;
		code->constant_size[1] = 4;
	}
	if (code->kind == CODE_SYSCALL || code->kind == CODE_CALL)
		code->effect = EFFECT_OTHER;
	else
		find_effect(&instruction, operands, code);
	return true;
}
#else
bool code_is_known(void)
{
	return false;
}

bool code_decode(const uint8_t *bytes, size_t left, uint64_t address, struct code *code)
{
	(void)bytes;
	(void)left;
	(void)address;
	memset(code, 0, sizeof(*code));
	return false;
}
#endif
