/* SPDX-License-Identifier: MIT */
/*
 * Registers by machine.
 */
#include "registers.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#if defined(__x86_64__) || defined(__aarch64__)
/* Of a type that fits a register's in each libc: they are long in one, long long in another. */
static uint64_t wide(int number)
{
	return (uint64_t)number;
}
#endif

#if defined(__x86_64__)

enum { CALL_SIZE = 2 }; /* of `syscall`, and of `int $0x80`, to which sysenter returns as well */

bool registers_get(pid_t thread, struct registers *registers)
{
	return !ptrace(PTRACE_GETREGS, thread, NULL, &registers->all);
}

bool registers_set(pid_t thread, const struct registers *registers)
{
	return !ptrace(PTRACE_SETREGS, thread, NULL, &registers->all);
}

/*
 * i386 programs have a code segment of their own. A program of 64 bits can make their calls, too,
 * by an instruction of theirs.
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

void registers_call(const struct registers *registers, const struct abi *abi, int *number,
		    uint64_t arguments[6])
{
	const struct user_regs_struct *all = &registers->all;
	const uint64_t wide_ones[] = { all->rdi, all->rsi, all->rdx, all->r10, all->r8, all->r9 };
	const uint64_t others[] = { all->rbx, all->rcx, all->rdx, all->rsi, all->rdi, all->rbp };

	*number = (int)all->orig_rax;
	for (int i = 0; i < 6; i++)
		arguments[i] = abi->wide ? wide_ones[i] : (uint32_t)others[i];
}

int64_t registers_result(const struct registers *registers)
{
	return (int64_t)registers->all.rax;
}

static void set_arguments(struct registers *registers, const struct abi *abi,
			  const uint64_t arguments[6])
{
	struct user_regs_struct *all = &registers->all;

	if (abi->wide) {
		all->rdi = arguments[0];
		all->rsi = arguments[1];
		all->rdx = arguments[2];
		all->r10 = arguments[3];
		all->r8 = arguments[4];
		all->r9 = arguments[5];
	} else {
		all->rbx = (uint32_t)arguments[0];
		all->rcx = (uint32_t)arguments[1];
		all->rdx = (uint32_t)arguments[2];
		all->rsi = (uint32_t)arguments[3];
		all->rdi = (uint32_t)arguments[4];
		all->rbp = (uint32_t)arguments[5];
	}
}

void registers_replace(struct registers *registers, const struct abi *abi, int number,
		       const uint64_t arguments[6])
{
	registers->all.orig_rax = wide(number);
	set_arguments(registers, abi, arguments);
}

void registers_repeat(struct registers *registers, const struct abi *abi, int number,
		      const uint64_t arguments[6])
{
	registers->all.rip -= CALL_SIZE;
	registers->all.rax = wide(number);
	set_arguments(registers, abi, arguments);
}

void registers_skip(struct registers *registers, int64_t result)
{
	registers->all.orig_rax = (unsigned long long)-1;
	registers->all.rax = (unsigned long long)result;
}

void registers_return(struct registers *registers, int64_t result)
{
	registers->all.rax = (unsigned long long)result;
}

#elif defined(__aarch64__)

enum { CALL_SIZE = 4 }; /* of `svc #0` */

bool registers_get(pid_t thread, struct registers *registers)
{
	struct iovec part = { &registers->all, sizeof(registers->all) };

	registers->sets_number = false;
	/* Those of a program of 32 bits are others, and fewer. */
	return !ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &part) &&
	       part.iov_len == sizeof(registers->all);
}

bool registers_set(pid_t thread, const struct registers *registers)
{
	struct registers copy = *registers;
	struct iovec part = { &copy.all, sizeof(copy.all) };
	struct iovec number = { &copy.entered, sizeof(copy.entered) };

	return !ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &part) &&
	       (!copy.sets_number ||
		!ptrace(PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &number));
}

const struct abi *registers_abi(const struct registers *registers, pid_t thread)
{
	(void)registers, (void)thread;
	return abi_of(AUDIT_ARCH_AARCH64);
}

void registers_call(const struct registers *registers, const struct abi *abi, int *number,
		    uint64_t arguments[6])
{
	(void)abi;
	*number = (int)registers->all.regs[8];
	for (int i = 0; i < 6; i++)
		arguments[i] = registers->all.regs[i];
}

int64_t registers_result(const struct registers *registers)
{
	return (int64_t)registers->all.regs[0];
}

static void set_call(struct registers *registers, int number, const uint64_t arguments[6])
{
	registers->all.regs[8] = wide(number);
	for (int i = 0; i < 6; i++)
		registers->all.regs[i] = arguments[i];
}

static void enter(struct registers *registers, int number)
{
	registers->entered = number;
	registers->sets_number = true;
}

void registers_replace(struct registers *registers, const struct abi *abi, int number,
		       const uint64_t arguments[6])
{
	(void)abi;
	set_call(registers, number, arguments);
	enter(registers, number);
}

void registers_repeat(struct registers *registers, const struct abi *abi, int number,
		      const uint64_t arguments[6])
{
	(void)abi;
	set_call(registers, number, arguments);
	registers->all.pc -= CALL_SIZE;
}

void registers_skip(struct registers *registers, int64_t result)
{
	enter(registers, -1);
	registers->all.regs[0] = (unsigned long long)result;
}

void registers_return(struct registers *registers, int64_t result)
{
	registers->all.regs[0] = (unsigned long long)result;
}

#else
/* No ABI is known here (abi.c), and so nothing is ever traced. */

const struct abi *registers_abi(const struct registers *registers, pid_t thread)
{
	(void)registers, (void)thread;
	return NULL;
}

void registers_call(const struct registers *registers, const struct abi *abi, int *number,
		    uint64_t arguments[6])
{
	(void)registers, (void)abi, (void)number, (void)arguments;
}

int64_t registers_result(const struct registers *registers)
{
	(void)registers;
	return 0;
}

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

void registers_replace(struct registers *registers, const struct abi *abi, int number,
		       const uint64_t arguments[6])
{
	(void)registers, (void)abi, (void)number, (void)arguments;
}

void registers_repeat(struct registers *registers, const struct abi *abi, int number,
		      const uint64_t arguments[6])
{
	(void)registers, (void)abi, (void)number, (void)arguments;
}

void registers_skip(struct registers *registers, int64_t result)
{
	(void)registers, (void)result;
}

void registers_return(struct registers *registers, int64_t result)
{
	(void)registers, (void)result;
}
#endif
