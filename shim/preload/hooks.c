/* SPDX-License-Identifier: MIT */
/*
 * The calls that libprivmap.so interposes, and nothing else. The program calls them from anywhere:
 * inside malloc, in a signal handler, after fork, before the constructor. While there is no range,
 * they look nothing up, and call nothing of track.h and protect.h.
 */
#include "candidate.h"
#include "live.h"
#include "next.h"
#include "protect.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>

/* Programs call these even where libc has them only as a macro, or not at all (musl). */
#undef mmap64
void *mmap64(void *addr, size_t length, int prot, int flags, int fd, int64_t offset);
int pkey_mprotect(void *addr, size_t length, int prot, int pkey);

#define EXPORT __attribute__((visibility("default")))

static inline void *map(const struct mapping *call)
{
	const int before = errno;
	void *result;

	if (mapping_is_candidate(call->prot, call->flags))
		return candidate_map(call);
	result = candidate_pass_on(call);
	if (result != MAP_FAILED)
		return result;
	if (mapping_is_private_candidate(call->prot, call->flags))
		return candidate_map_private(call, before);
	if (mapping_is_written(call->prot, call->flags))
		candidate_written(call);
	return MAP_FAILED;
}

/* A 32-bit off_t counts as unsigned, as in libc: files may have 4 GiB here. */
EXPORT void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return map(&(struct mapping){ addr, length, prot, flags, fd, (unsigned long)offset,
				      MAPPING_SHARED });
}

/* With a 64-bit off_t the same call as mmap(). */
EXPORT void *mmap64(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)
{
	return map(&(struct mapping){ addr, length, prot, flags, fd, (uint64_t)offset,
				      MAPPING_SHARED });
}

EXPORT int munmap(void *addr, size_t length)
{
	return ranges_live() ? track_munmap(addr, length) : engine_munmap(addr, length);
}

EXPORT void *mremap(void *old, size_t old_length, size_t length, int flags, ...)
{
	void *addr = NULL;

	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
		va_list more;

		va_start(more, flags);
		addr = va_arg(more, void *);
		va_end(more);
	}
	return ranges_live() ? track_mremap(old, old_length, length, flags, addr) :
			       next_mremap(old, old_length, length, flags, addr);
}

/* Short, because there is seldom a range, and programs that write code (a JIT) call this often. */
static int set_protection(void *addr, size_t length, int prot, int key)
{
	uint64_t generation = live_generation();
	int result;

	if (ranges_live())
		return protect(addr, length, prot, key);
	result = engine_mprotect(addr, length, prot, key);
	if (live_generation() == generation)
		return result;
	return protect_look_again(addr, length, prot, result);
}

EXPORT int mprotect(void *addr, size_t length, int prot)
{
	if (prot & (PROT_WRITE | PROT_EXEC))
		return set_protection(addr, length, prot, PROTECT_NO_KEY);
	return next_mprotect(addr, length, prot);
}

EXPORT int pkey_mprotect(void *addr, size_t length, int prot, int pkey)
{
	if (prot & (PROT_WRITE | PROT_EXEC))
		return set_protection(addr, length, prot, pkey);
	return next_pkey_mprotect(addr, length, prot, pkey);
}
