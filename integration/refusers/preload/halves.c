/* SPDX-License-Identifier: MIT */
/*
 * A library to preload after libprivmap.so. One in three calls on several pages works on the first
 * half of them, and then fails. This includes the calls that libprivmap.so makes itself.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { PAGE = 4096 };

/* All threads add to it; the order of calls is random. */
static atomic_uint calls;

/* Returns how many of these bytes to do; 0: all. */
static size_t half_of(size_t length)
{
	unsigned number = atomic_fetch_add(&calls, 1) * 2654435761U >> 16;
	size_t pages = (length + PAGE - 1) / PAGE;

	return pages < 2 || number % 3 ? 0 : pages / 2 * PAGE;
}

static long failed(void)
{
	errno = ENOMEM;
	return -1;
}

static void *map(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	size_t half = flags & MAP_FIXED ? half_of(length) : 0;
	long result = syscall(SYS_mmap, addr, half ? half : length, prot, flags, fd, offset);

	return (void *)(half ? failed() : result);
}

EXPORT void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return map(addr, length, prot, flags, fd, offset);
}

EXPORT void *mmap64(void *addr, size_t length, int prot, int flags, int fd, off64_t offset)
{
	return map(addr, length, prot, flags, fd, offset);
}

EXPORT int munmap(void *addr, size_t length)
{
	size_t half = half_of(length);
	long result = syscall(SYS_munmap, addr, half ? half : length);

	return (int)(half ? failed() : result);
}

EXPORT int mprotect(void *addr, size_t length, int prot)
{
	size_t half = half_of(length);
	long result = syscall(SYS_mprotect, addr, half ? half : length, prot);

	return (int)(half ? failed() : result);
}

EXPORT int pkey_mprotect(void *addr, size_t length, int prot, int key)
{
	size_t half = half_of(length);
	long result = syscall(SYS_pkey_mprotect, addr, half ? half : length, prot, key);

	return (int)(half ? failed() : result);
}

/* glibc passes a fifth argument only if needed. */
EXPORT void *mremap(void *old, size_t old_length, size_t length, int flags, ...)
{
	size_t half = flags & MREMAP_FIXED && old_length == length ? half_of(length) : 0;
	__builtin_va_list more;
	void *to = NULL;
	long result;

	__builtin_va_start(more, flags);
	if (flags & MREMAP_FIXED)
		to = __builtin_va_arg(more, void *);
	__builtin_va_end(more);
	result =
		syscall(SYS_mremap, old, half ? half : old_length, half ? half : length, flags, to);
	return (void *)(half ? failed() : result);
}
