/* SPDX-License-Identifier: MIT */
/*
 * convert-everything: what privmap must never do. Turns every refused read-only shared mapping into
 * a private one, for any file; negatives.sh preloads it to prove that its tests see the damage.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	void *map = (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);

	if (map != MAP_FAILED || errno != ENODEV || (flags & MAP_TYPE) != MAP_SHARED ||
	    (protection & PROT_WRITE))
		return map;
	flags = (flags & ~MAP_TYPE) | MAP_PRIVATE;
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return mmap(address, length, protection, flags, fd, offset);
}
