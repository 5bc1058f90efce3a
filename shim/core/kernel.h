/* SPDX-License-Identifier: MIT */
/*
 * System calls without libc: they leave errno alone, are not cancellation points, and work before
 * constructors, in signal handlers and in vfork children. Each returns -errno on failure, as the
 * kernel does. The program's own calls of mmap() and the like go through the next library (next.h).
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The type every argument has when it reaches the kernel. */
typedef long word;

/* True for the result of a failed system call: the last page of numbers is errnos. */
static inline int kernel_failed(int64_t result)
{
	return result < 0 && result > -4096;
}

/* The result as libc's functions return it: -1 and an errno on failure. */
static inline word kernel_as_libc(int64_t result)
{
	if (!kernel_failed(result))
		return (word)result;
	errno = (int)-result;
	return -1;
}

#if defined(__x86_64__) && defined(__LP64__)
static inline word kernel_call(word number, word a, word b, word c, word d, word e, word f)
{
	register word r10 __asm__("r10") = d;
	register word r8 __asm__("r8") = e;
	register word r9 __asm__("r9") = f;
	word result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static inline word kernel_call(word number, word a, word b, word c, word d, word e, word f)
{
	register word x8 __asm__("x8") = number;
	register word x0 __asm__("x0") = a;
	register word x1 __asm__("x1") = b;
	register word x2 __asm__("x2") = c;
	register word x3 __asm__("x3") = d;
	register word x4 __asm__("x4") = e;
	register word x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}
#else
/* Elsewhere libc's syscall(2) is used. Not above, because some libraries interpose it. */
static inline word kernel_call(word number, word a, word b, word c, word d, word e, word f)
{
	int before = errno;
	word result = syscall(number, a, b, c, d, e, f);

	if (result == -1)
		result = -errno;
	errno = before;
	return result;
}
#endif

/* kernel(NUMBER, up to six arguments): each is converted to a word, the rest are 0. */
#define kernel(...) KERNEL_PICK(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define KERNEL_PICK(number, a, b, c, d, e, f, ...)                                                 \
	kernel_call((word)(number), (word)(a), (word)(b), (word)(c), (word)(d), (word)(e),         \
		    (word)(f))

#ifdef SYS_mmap2
/* offset counts units of 4096 here, whatever the page size (mmap2(2)). */
#define KERNEL_MMAP(addr, length, prot, flags, fd, offset)                                         \
	kernel(SYS_mmap2, addr, length, prot, flags, fd, (uint64_t)(offset) >> 12)
#else
#define KERNEL_MMAP(addr, length, prot, flags, fd, offset)                                         \
	kernel(SYS_mmap, addr, length, prot, flags, fd, offset)
#endif

/* Calls with 64-bit offsets: one word, or two. */
#if defined(__LP64__)
#define KERNEL_PREAD(call, fd, bytes, size, offset) kernel(call, fd, bytes, size, offset)
#define kernel_ftruncate(fd, bytes) kernel(SYS_ftruncate, fd, bytes)
#define kernel_fallocate(fd, mode, offset, bytes) kernel(SYS_fallocate, fd, mode, offset, bytes)
#elif defined(__i386__)
#define KERNEL_HALVES(number) (uint32_t)(number), (uint32_t)((uint64_t)(number) >> 32)
#define KERNEL_PREAD(call, fd, bytes, size, offset)                                                \
	kernel(call, fd, bytes, size, KERNEL_HALVES(offset))
#define kernel_ftruncate(fd, bytes) kernel(SYS_ftruncate64, fd, KERNEL_HALVES(bytes))
#define kernel_fallocate(fd, mode, offset, bytes)                                                  \
	kernel(SYS_fallocate, fd, mode, KERNEL_HALVES(offset), KERNEL_HALVES(bytes))
#endif
#define kernel_pread(fd, bytes, size, offset) KERNEL_PREAD(SYS_pread64, fd, bytes, size, offset)
#define kernel_pwrite(fd, bytes, size, offset) KERNEL_PREAD(SYS_pwrite64, fd, bytes, size, offset)

/* The calls that libc itself makes: if a program's filter allows any, then these. */
#ifdef SYS_readlink
#define kernel_readlink(name, path, size) kernel(SYS_readlink, name, path, size)
#define kernel_exists(name) (!kernel(SYS_access, name, F_OK))
#else
#define kernel_readlink(name, path, size) kernel(SYS_readlinkat, AT_FDCWD, name, path, size)
#define kernel_exists(name) (!kernel(SYS_faccessat, AT_FDCWD, name, F_OK))
#endif

enum { KERNEL_SIGNALS = _NSIG / 8 }; /* bytes of the kernel's sigset_t */

#define KERNEL_SIGNAL(number) (UINT64_C(1) << (number) >> 1)

/* The signals that a thread's own instructions raise: the kernel kills it if they are blocked. */
#define KERNEL_OWN_SIGNALS                                                                         \
	(KERNEL_SIGNAL(SIGILL) | KERNEL_SIGNAL(SIGTRAP) | KERNEL_SIGNAL(SIGBUS) |                  \
	 KERNEL_SIGNAL(SIGFPE) | KERNEL_SIGNAL(SIGSEGV) | KERNEL_SIGNAL(SIGSYS))

/* Blocks all other signals, and restores them. */
static inline void kernel_block_signals(uint64_t before[2])
{
	static const uint64_t all[2] = { ~KERNEL_OWN_SIGNALS, ~UINT64_C(0) };

	kernel(SYS_rt_sigprocmask, SIG_SETMASK, all, before, KERNEL_SIGNALS);
}

static inline void kernel_restore_signals(const uint64_t before[2])
{
	kernel(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL, KERNEL_SIGNALS);
}

/* Returns new zeroed private memory, NULL if there is none. SYS_munmap frees it. */
static inline void *kernel_memory(size_t size)
{
	word addr =
		KERNEL_MMAP(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return kernel_failed(addr) ? NULL : (void *)addr;
}
