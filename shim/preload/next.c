/* SPDX-License-Identifier: MIT */
/*
 * Calls the next library's mmap() and the like: for the program, and for engine.h, because the next
 * library must see every change.
 */
#include "next.h"

#include "kernel.h"
#include "memory.h"
#include "protect.h"
#include "state.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

typedef void *mmap_function(void *, size_t, int, int, int, int64_t);
typedef int munmap_function(void *, size_t);
typedef void *mremap_function(void *, size_t, size_t, int, ...);
typedef int mprotect_function(void *, size_t, int);
typedef int pkey_mprotect_function(void *, size_t, int, int);

/*
 * The constructor writes it once, before or while other threads read: each pointer is complete or
 * NULL, and for NULL the raw call does the same. A child of fork inherits them.
 */
AT_START static struct {
	_Atomic(mmap_function *) mmap;
	_Atomic(munmap_function *) munmap;
	_Atomic(mremap_function *) mremap;
	_Atomic(mprotect_function *) mprotect;
	_Atomic(pkey_mprotect_function *) pkey_mprotect;
} next;

void next_find(void)
{
	void *mmap64 = dlsym(RTLD_NEXT, "mmap64");

#ifdef __LP64__
	/* With a 64-bit off_t some libcs (musl) have only the plain name. */
	if (!mmap64)
		mmap64 = dlsym(RTLD_NEXT, "mmap");
#endif
	atomic_store(&next.mmap, (mmap_function *)mmap64);
	atomic_store(&next.munmap, (munmap_function *)dlsym(RTLD_NEXT, "munmap"));
	atomic_store(&next.mremap, (mremap_function *)dlsym(RTLD_NEXT, "mremap"));
	atomic_store(&next.mprotect, (mprotect_function *)dlsym(RTLD_NEXT, "mprotect"));
	atomic_store(&next.pkey_mprotect,
		     (pkey_mprotect_function *)dlsym(RTLD_NEXT, "pkey_mprotect"));
}

void *engine_mmap(const struct mapping *call)
{
	mmap_function *function = atomic_load_explicit(&next.mmap, memory_order_relaxed);

	if (function)
		return function(call->addr, call->length, call->prot, call->flags, call->fd,
				(int64_t)call->offset);
#ifdef SYS_mmap2
	/* mmap2(2) would cut it off. */
	if (call->offset & 4095 || call->offset >> 12 > UINT32_MAX)
		return mapping_fails(EINVAL);
#endif
	return (void *)kernel_as_libc(KERNEL_MMAP(call->addr, call->length, call->prot, call->flags,
					       call->fd, call->offset));
}

int engine_munmap(void *addr, size_t length)
{
	munmap_function *function = atomic_load_explicit(&next.munmap, memory_order_relaxed);

	if (function)
		return function(addr, length);
	return (int)kernel_as_libc(kernel(SYS_munmap, addr, length));
}

void *next_mremap(void *old, size_t old_length, size_t length, int flags, void *addr)
{
	mremap_function *function = atomic_load_explicit(&next.mremap, memory_order_relaxed);

	if (function)
		return function(old, old_length, length, flags, addr);
	return (void *)kernel_as_libc(kernel(SYS_mremap, old, old_length, length, flags, addr));
}

int next_mprotect(void *addr, size_t length, int prot)
{
	mprotect_function *function = atomic_load_explicit(&next.mprotect, memory_order_relaxed);

	if (function)
		return function(addr, length, prot);
	return (int)kernel_as_libc(kernel(SYS_mprotect, addr, length, prot));
}

int next_pkey_mprotect(void *addr, size_t length, int prot, int pkey)
{
	pkey_mprotect_function *function =
		atomic_load_explicit(&next.pkey_mprotect, memory_order_relaxed);

	if (function)
		return function(addr, length, prot, pkey);
	return (int)kernel_as_libc(kernel(SYS_pkey_mprotect, addr, length, prot, pkey));
}

void *engine_mremap(void *old, size_t old_length, size_t length, int flags, void *addr,
		    bool converted)
{
	(void)converted;
	return next_mremap(old, old_length, length, flags, addr);
}

int engine_mprotect(void *addr, size_t length, int prot, int key)
{
	if (key == PROTECT_NO_KEY)
		return next_mprotect(addr, length, prot);
	return next_pkey_mprotect(addr, length, prot, key);
}

bool engine_mprotect_is_right(int prot, int key)
{
	void *nowhere = (void *)(UINTPTR_MAX - 2 * state_page() + 1);

	return !engine_mprotect(nowhere, state_page(), prot, key) || errno == ENOMEM;
}

/*
 * If the next library fails, and may have done only a part, makes the raw call: memory that stayed
 * writable would lose writes.
 */
bool engine_set_protection(uintptr_t start, uintptr_t end, int prot)
{
	const int before = errno;
	bool done = next_mprotect((void *)start, end - start, prot) == 0 ||
		    kernel(SYS_mprotect, start, end - start, prot) == 0;

	errno = before;
	return done;
}

void engine_madvise(uintptr_t start, size_t length, int advice)
{
	kernel(SYS_madvise, start, length, advice);
}
