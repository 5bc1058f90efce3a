/* SPDX-License-Identifier: MIT */
/*
 * Classifies an mmap() call by its arguments. No system call, no state.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/* From Linux 4.17 and 5.7; the headers of older systems lack them. */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* From Linux 5.14. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

/* The kind of a mapping that a hook looks at. MAPPING_SHARED is a candidate. */
enum mapping_kind {
	MAPPING_SHARED,
	MAPPING_PRIVATE, /* a private candidate: only a copy can take its place */
};

/* The arguments of one mmap(2) call; offset in bytes, whatever the call's own unit. */
struct mapping {
	void *addr;
	size_t length;
	int prot;
	int flags;
	int fd;
	uint64_t offset;
	enum mapping_kind kind;
};

/*
 * True for a shared mapping that is not writable and not anonymous: the mappings that privmap
 * exists for. Whether fd is a regular file costs a system call, so it is checked later, and only if
 * the kernel refused. MAP_SHARED_VALIDATE counts only without flags that need the kernel's
 * validation: those are promises (MAP_SYNC) that a private mapping cannot keep (mm/mmap.c,
 * LEGACY_MAP_MASK).
 */
bool mapping_is_candidate(int prot, int flags);

/*
 * True for a mapping that would be a candidate if it were not also writable. It is never served,
 * but privmap reports that it was refused.
 */
bool mapping_is_written(int prot, int flags);

/*
 * True for a private mapping of a file that a mapping of a copy can replace: without PROT_EXEC,
 * with which copies are never mapped. It matters only once the kernel has refused the call.
 */
bool mapping_is_private_candidate(int prot, int flags);

/*
 * True if a filesystem may refuse mappings with err: ENODEV (FUSE direct_io), EINVAL (9p, vboxsf,
 * jffs2), EOPNOTSUPP, ENOSYS, ENOEXEC. Invalid arguments cause some of these as well, so check
 * mapping_is_well_formed() too.
 */
bool mapping_errno_refuses(int err);

/*
 * True if err can also mean that the kernel does not know the type of the mapping: for
 * MAP_SHARED_VALIDATE, Linux before 4.15 and gVisor return EINVAL for any file. A second call with
 * mapping_known_flags() then tells whether the file is refused.
 */
bool mapping_type_may_be_unknown(int flags, int err);

/* flags with MAP_SHARED, which every kernel knows, in place of the shared type. */
int mapping_known_flags(int flags);

/*
 * True if each argument is valid by itself, so that an EINVAL can only come from the filesystem:
 * length is not 0, offset and (for MAP_FIXED) addr are multiples of page, and nothing overflows.
 */
bool mapping_is_well_formed(const struct mapping *call, size_t page);

/* True if the call replaces whatever is mapped at addr: MAP_FIXED without NOREPLACE. */
bool mapping_replaces(int flags);

/*
 * True if the arguments of mremap(2) are valid by themselves (mm/mremap.c, check_mremap_params), so
 * that the call may have an effect.
 */
bool mapping_may_be_remapped(const void *old, size_t old_length, size_t length, int flags,
			     const void *addr, size_t page);

/* flags with MAP_PRIVATE in place of the shared type, every other bit kept. */
int mapping_private_flags(int flags);

/* length rounded up to whole pages, as the kernel maps it; 0 if that overflows. */
size_t mapping_span(size_t length, size_t page);

/* Fails as mmap(2) does: sets errno, and returns MAP_FAILED. */
static inline void *mapping_fails(int error)
{
	errno = error;
	return MAP_FAILED;
}
