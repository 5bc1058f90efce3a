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

/* Of Linux 4.17 and 5.7; the headers of older systems lack them. */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* Of Linux 5.14. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

/* What a mapping is, as far as the hook has found out: MAPPING_SHARED is a candidate. */
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
 * True for a shared mapping that is not writable and not anonymous: what privmap exists for.
 * Whether fd is a regular file costs a system call and is asked later, and only if refused.
 * MAP_SHARED_VALIDATE counts only without flags that need the kernel's validation: those are
 * promises (MAP_SYNC) which a private mapping could not keep (mm/mmap.c, LEGACY_MAP_MASK).
 */
bool mapping_is_candidate(int prot, int flags);

/*
 * True for one that would be a candidate if it were not writable, too. It is never served, but that
 * it is refused is told.
 */
bool mapping_is_written(int prot, int flags);

/*
 * True for a private mapping of a file that can be replaced by one of a copy of the file: without
 * PROT_EXEC, which copies do not have. Only looked at once the kernel has refused it.
 */
bool mapping_is_private_candidate(int prot, int flags);

/*
 * True if err is how a filesystem says "no such mapping here": ENODEV (FUSE direct_io), EINVAL
 * (9p, vboxsf, jffs2), EOPNOTSUPP, ENOSYS, ENOEXEC. Some of these answer bad arguments as well:
 * ask mapping_is_well_formed() too.
 */
bool mapping_errno_refuses(int err);

/*
 * True if err can also come of a type of mapping that the kernel does not know: MAP_SHARED_VALIDATE
 * is EINVAL before Linux 4.15, and in gVisor, whatever the file. Then mapping_known_flags() tells
 * whether the file is refused.
 */
bool mapping_type_may_be_unknown(int flags, int err);

/* flags with MAP_SHARED, which every kernel knows, in place of the shared type. */
int mapping_known_flags(int flags);

/*
 * True if no argument is wrong in itself, so that an EINVAL can only be the filesystem's:
 * length not 0, offset and (for MAP_FIXED) addr multiples of page, nothing overflows.
 */
bool mapping_is_well_formed(const struct mapping *call, size_t page);

/* True if the call replaces whatever is mapped at addr: MAP_FIXED without NOREPLACE. */
bool mapping_replaces(int flags);

/*
 * True if no argument of mremap(2) is wrong in itself (mm/mremap.c, check_mremap_params), so that
 * it may do something.
 */
bool mapping_may_be_remapped(const void *old, size_t old_length, size_t length, int flags,
			     const void *addr, size_t page);

/* flags with MAP_PRIVATE in place of the shared type, every other bit kept. */
int mapping_private_flags(int flags);

/* length rounded up to whole pages, as the kernel maps it; 0 if that overflows. */
size_t mapping_span(size_t length, size_t page);

/* What mmap(2) returns when it fails with that errno. */
static inline void *mapping_fails(int error)
{
	errno = error;
	return MAP_FAILED;
}
