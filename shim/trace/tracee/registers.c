/* SPDX-License-Identifier: MIT */
/*
 * Registers by machine: the meaning of their words, and how to read and write them.
 */
#include "registers.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/*
 * Words of each machine: NUMBER and ARGUMENTS (first for narrow ABIs, then for wide ones) describe
 * the call that was entered, RESULT is what it returned. REPEATED is where the program itself puts
 * the number of a call. NEXT is the address after the instruction that enters the kernel, which has
 * CALL_SIZE bytes.
 */
#if defined(__x86_64__)

#define WORD(name) (offsetof(struct user_regs_struct, name) / sizeof(uint64_t))

enum {
	NUMBER = WORD(orig_rax),
	RESULT = WORD(rax),
	REPEATED = WORD(rax),
	NEXT = WORD(rip),
	CALL_SIZE = 2, /* `syscall`, and `int $0x80`, to which sysenter returns as well */
};

static const unsigned char ARGUMENTS[2][6] = {
	{ WORD(rbx), WORD(rcx), WORD(rdx), WORD(rsi), WORD(rdi), WORD(rbp) },
	{ WORD(rdi), WORD(rsi), WORD(rdx), WORD(r10), WORD(r8), WORD(r9) },
};

bool registers_get(pid_t thread, struct registers *registers)
{
	return !ptrace(PTRACE_GETREGS, thread, NULL, &registers->all);
}

bool registers_set(pid_t thread, const struct registers *registers)
{
	return !ptrace(PTRACE_SETREGS, thread, NULL, &registers->all);
}

/*
 * i386 programs have another code segment. A program of 64 bits can make i386 calls, too, with `int
 * $0x80`.
 */
const struct abi *registers_abi(const struct registers *registers, pid_t thread)
{
	enum { CODE_OF_I386 = 0x23, INT_80 = 0x80cd };
	const struct user_regs_struct *all = &registers->all;
	long code;

	if (all->cs == CODE_OF_I386)
		return abi_of(AUDIT_ARCH_I386);
	errno = 0;
	code = ptrace(PTRACE_PEEKTEXT, thread, all->rip - CALL_SIZE, NULL);
	return abi_of(!errno && (code & 0xffff) == INT_80 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64);
}

static void enter(struct registers *registers, int number)
{
	registers->words[NUMBER] = (uint64_t)number;
}

#elif defined(__aarch64__)

enum { NUMBER = 8, RESULT = 0, REPEATED = NUMBER, NEXT = 32, CALL_SIZE = 4 /* `svc #0` */ };

static const unsigned char ARGUMENTS[2][6] = { { 0 }, { 0, 1, 2, 3, 4, 5 } };

_Static_assert(offsetof(struct user_regs_struct, pc) == NEXT * sizeof(uint64_t), "NEXT is pc");

bool registers_get(pid_t thread, struct registers *registers)
{
	struct iovec part = { &registers->all, sizeof(registers->all) };

	registers->sets_entered = false;
	/* Programs of 32 bits have other and fewer registers. */
	return !ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &part) &&
	       part.iov_len == sizeof(registers->all);
}

bool registers_set(pid_t thread, const struct registers *registers)
{
	struct registers copy = *registers;
	struct iovec part = { &copy.all, sizeof(copy.all) };
	struct iovec number = { &copy.entered, sizeof(copy.entered) };

	return !ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &part) &&
	       (!copy.sets_entered ||
		!ptrace(PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &number));
}

const struct abi *registers_abi(const struct registers *registers, pid_t thread)
{
	(void)registers, (void)thread;
	return abi_of(AUDIT_ARCH_AARCH64);
}

static void enter(struct registers *registers, int number)
{
	registers->entered = number;
	registers->sets_entered = true;
}

#else
/* abi.c knows no ABI of this machine, so nothing is ever traced. */

enum { NUMBER, RESULT = 0, REPEATED = 0, NEXT = 0, CALL_SIZE = 0 };

static const unsigned char ARGUMENTS[2][6];

bool registers_get(pid_t thread, struct registers *registers)
{
	(void)thread, (void)registers;
	return false;
}

bool registers_set(pid_t thread, const struct registers *registers)
{
	(void)thread, (void)registers;
	return false;
}

const struct abi *registers_abi(const struct registers *registers, pid_t thread)
{
	(void)registers, (void)thread;
	return NULL;
}

static void enter(struct registers *registers, int number)
{
	(void)registers, (void)number;
}
#endif

/* Cuts a register of a call to 32 bits if the ABI is narrow. */
static uint64_t of_abi(const struct abi *abi, uint64_t word)
{
	return abi->wide ? word : (uint32_t)word;
}

void registers_call(const struct registers *registers, const struct abi *abi, int *number,
		    uint64_t arguments[6])
{
	*number = (int)registers->words[NUMBER];
	for (int i = 0; i < 6; i++)
		arguments[i] = of_abi(abi, registers->words[ARGUMENTS[abi->wide][i]]);
}

int64_t registers_result(const struct registers *registers)
{
	return (int64_t)registers->words[RESULT];
}

bool registers_are_after(const struct registers *registers, const struct registers *entered)
{
	return registers->words[NEXT] == entered->words[NEXT];
}

static void set_arguments(struct registers *registers, const struct abi *abi,
			  const uint64_t arguments[6])
{
	for (int i = 0; i < 6; i++)
		registers->words[ARGUMENTS[abi->wide][i]] = of_abi(abi, arguments[i]);
}

void registers_replace(struct registers *registers, const struct abi *abi, int number,
		       const uint64_t arguments[6])
{
	registers->words[NUMBER] = (uint64_t)number;
	set_arguments(registers, abi, arguments);
	enter(registers, number);
}

void registers_repeat(struct registers *registers, const struct abi *abi, int number,
		      const uint64_t arguments[6])
{
	registers->words[NEXT] -= CALL_SIZE;
	registers->words[REPEATED] = (uint64_t)number;
	set_arguments(registers, abi, arguments);
}

void registers_skip(struct registers *registers, int64_t result)
{
	enter(registers, -1);
	registers->words[RESULT] = (uint64_t)result;
}

void registers_return(struct registers *registers, int64_t result)
{
	registers->words[RESULT] = (uint64_t)result;
}
