/*
 * The next library's mmap and friends. Called by the hooks and by what they call.
 */
#include "next.h"

#include "kernel.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

/*
 * Written once by the constructor, before or while other threads read: each pointer is complete
 * or NULL, and with NULL the raw call does the same. Fork copies them as they are.
 */
static struct {
	_Atomic(void *(*)(void *, size_t, int, int, int, int64_t)) mmap64;
	_Atomic(int (*)(void *, size_t)) munmap;
	_Atomic(void *(*)(void *, size_t, size_t, int, ...)) mremap;
	_Atomic(int (*)(void *, size_t, int)) mprotect;
	_Atomic(int (*)(void *, size_t, int, int)) pkey_mprotect;
} next;

#define FIND(function, name) atomic_store(&next.function, (__typeof__(next.function))dlsym(RTLD_NEXT, name))

void next_find(void)
{
	FIND(mmap64, "mmap64");
#ifdef __LP64__
	/* Where off_t has 64 bits some hosts (musl) know the call by its plain name only. */
	if (!atomic_load(&next.mmap64))
		FIND(mmap64, "mmap");
#endif
	FIND(munmap, "munmap");
	FIND(mremap, "mremap");
	FIND(mprotect, "mprotect");
	FIND(pkey_mprotect, "pkey_mprotect");
}

/* The result of a raw system call as libc would give it. */
static word libc_result(word result)
{
	if (!kernel_failed(result))
		return result;
	errno = (int)-result;
	return -1;
}

void *next_mmap(const struct mapping *call)
{
	__typeof__(next.mmap64) function = atomic_load_explicit(&next.mmap64, memory_order_relaxed);

	if (function)
		return function(call->addr, call->length, call->prot, call->flags, call->fd,
				(int64_t)call->offset);
#ifdef SYS_mmap2
	if (call->offset & 4095) {
		errno = EINVAL;
		return MAP_FAILED;
	}
#endif
	return (void *)libc_result(KERNEL_MMAP(call->addr, call->length, call->prot, call->flags,
					       call->fd, call->offset));
}

int next_munmap(void *addr, size_t length)
{
	__typeof__(next.munmap) function = atomic_load_explicit(&next.munmap, memory_order_relaxed);

	if (function)
		return function(addr, length);
	return (int)libc_result(kernel(SYS_munmap, addr, length));
}

void *next_mremap(void *old, size_t old_length, size_t length, int flags, void *addr)
{
	__typeof__(next.mremap) function = atomic_load_explicit(&next.mremap, memory_order_relaxed);

	if (function)
		return function(old, old_length, length, flags, addr);
	return (void *)libc_result(kernel(SYS_mremap, old, old_length, length, flags, addr));
}

int next_mprotect(void *addr, size_t length, int prot)
{
	__typeof__(next.mprotect) function =
		atomic_load_explicit(&next.mprotect, memory_order_relaxed);

	if (function)
		return function(addr, length, prot);
	return (int)libc_result(kernel(SYS_mprotect, addr, length, prot));
}

int next_pkey_mprotect(void *addr, size_t length, int prot, int pkey)
{
	__typeof__(next.pkey_mprotect) function =
		atomic_load_explicit(&next.pkey_mprotect, memory_order_relaxed);

	if (function)
		return function(addr, length, prot, pkey);
	return (int)libc_result(kernel(SYS_pkey_mprotect, addr, length, prot, pkey));
}
