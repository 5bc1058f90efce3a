/* SPDX-License-Identifier: MIT */
/*
 * The entries from a patched program: at its start, and from the trampolines at its system calls;
 * and how it gets its registers back. See enter.h for the limits of each stack.
 */
#include <asm/mman.h>
#include <asm/unistd_64.h>

#define MAX_ERRNO 4095
/* linux/mman.h has it since Linux 4.20, but contains C. */
#ifndef MAP_PRIVATE
#define MAP_PRIVATE 2
#endif

	.text

/*
 * The program begins here, with the stack and the registers that the kernel gave it. Keeps all
 * registers except r11, in which nobody expects anything.
 */
	.globl patched_start
	.hidden patched_start
	.type patched_start, @function
patched_start:
	endbr64
	push %rax
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %rbx
	/* Before patched_relocate() no address in the image's data may be used. */
	lea patched_image(%rip), %rdi
	call patched_relocate
	call patched_first_stack
	mov %rsp, %rbx
	mov %rax, %rsp
	lea 72(%rbx), %rdi
	call patched_begin
	mov %rbx, %rsp
	pop %rbx
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	lea patched_image(%rip), %r11
	add patched_image + 64(%rip), %r11
	jmp *%r11
	.size patched_start, . - patched_start

/*
 * Each trampoline calls this with the registers of the system call. It returns rcx 0 and the result
 * in rax; or rcx 1, and the program makes the system call. r11 is lost, as in a system call. The
 * stack below gets struct patched_call, then the flags.
 *
 * The frequent calls return from here: a munmap while there is no range, an mmap of anonymous
 * memory, and a private mmap of a file that the kernel allows. Neither mmap may replace anything.
 * After a system call little of this code is left in the processor's caches, so the three read as
 * few lines of it as possible.
 */
	.p2align 6
	.globl patched_enter
	.hidden patched_enter
	.type patched_enter, @function
patched_enter:
	endbr64
	pushfq
	cmp $__NR_munmap, %eax
	jne .Lmmap
	/* ranges_live() (live.h) */
	cmpq $0, ranges_now(%rip)
	jne .Lask
.Lpass:
	mov $1, %ecx
	popfq
	ret
.Lmmap:
	cmp $__NR_mmap, %eax
	jne .Lask
	mov %r10d, %ecx
	and $(MAP_TYPE | MAP_ANONYMOUS | MAP_FIXED), %ecx
	cmp $(MAP_PRIVATE | MAP_ANONYMOUS), %ecx
	je .Lpass
	cmp $MAP_PRIVATE, %ecx
	jne .Lask
	syscall
	cmp $-MAX_ERRNO, %rax
	jae .Lrefused
	mov $0, %ecx
	popfq
	ret
	/* The engine makes the call again, by the rules. */
.Lrefused:
	mov $__NR_mmap, %eax
.Lask:
	push %rax
	push %r9
	push %r8
	push %r10
	push %rdx
	push %rsi
	push %rdi
	cld
	mov %rsp, %rdi
	call patched_try
	/* PATCHED_PASSED, PATCHED_DONE or PATCHED_SERVED: 0, 1 or 2. */
	cmp $1, %eax
	jb 1f
	je 3f
	sub $16, %rsp
	mov %rsp, %rdi
	call patched_take
	add $16, %rsp
	test %rax, %rax
	jz 4f
	/* Switches to the engine's stack. struct signals stays on the program's. */
	sub $16, %rsp
	push %rbx
	mov %rsp, %rbx
	mov %rax, %rsp
	lea 24(%rbx), %rdi
	call patched_serve
	mov %rsp, %rdi
	mov %rbx, %rsp
	mov %rax, 72(%rsp)
	lea 8(%rsp), %rsi
	call patched_leave
	pop %rbx
	add $16, %rsp
3:
	mov $0, %ecx
	jmp 2f
4:
	mov %rsp, %rdi
	call patched_give_up
	test %eax, %eax
	jnz 3b
1:
	mov $1, %ecx
2:
	pop %rdi
	pop %rsi
	pop %rdx
	pop %r10
	pop %r8
	pop %r9
	pop %rax
	popfq
	ret
	.size patched_enter, . - patched_enter

	.section .note.GNU-stack, "", %progbits
