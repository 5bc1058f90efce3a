/* SPDX-License-Identifier: MIT */
/*
 * A short list of mounts. Its number and the file's device identify a mount: the layers of an
 * overlay, which may answer differently, have different devices.
 */
#include "mounts.h"

#include "preempted.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 5.8; and 6.8: a number that is never used again for another mount. */
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000
#endif

enum { MOUNTS = 32 };

/*
 * Mounts that map; 0: none. All threads use them: each is read and written as one value. The newest
 * replaces the oldest.
 */
static _Atomic uint64_t mapping[MOUNTS];
static _Atomic unsigned next;

/* struct statx of older headers lacks stx_mnt_id. */
union found {
	struct statx file;
	unsigned char bytes[256];
};

/* Makes one number of both, never 0. */
static uint64_t mount_of(const union found *found)
{
	uint64_t device = (uint64_t)found->file.stx_dev_major << 32 | found->file.stx_dev_minor;
	uint64_t id = 0;

	if (found->file.stx_mask & (STATX_MNT_ID | STATX_MNT_ID_UNIQUE))
		memcpy(&id, found->bytes + 0x90, sizeof(id));
	return (device ^ id * UINT64_C(0x9e3779b97f4a7c15)) << 1 | 1;
}

static bool look(int directory, const char *name, int flags, union found *found)
{
	return !syscall(SYS_statx, directory, name, flags | AT_STATX_DONT_SYNC,
			STATX_TYPE | STATX_MNT_ID | STATX_MNT_ID_UNIQUE, found);
}

static bool is_remembered(uint64_t mount)
{
	for (unsigned i = 0; i < MOUNTS; i++)
		if (atomic_load_explicit(&mapping[i], memory_order_relaxed) == mount)
			return true;
	return false;
}

static void remember(uint64_t mount)
{
	unsigned place = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) % MOUNTS;

	atomic_store_explicit(&mapping[place], mount, memory_order_relaxed);
}

/* True for the mount of the program itself: the kernel has mapped the program's data privately. */
static bool has_program(uint64_t mount, const struct thread *thread)
{
	union found found;
	char name[32];

	snprintf(name, sizeof(name), "/proc/%d/exe", thread->id);
	return look(AT_FDCWD, name, 0, &found) && mount_of(&found) == mount;
}

bool mounts_map(const struct thread *thread, int fd)
{
	union found found;
	char name[48];
	uint64_t mount;

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", thread->id, fd);
	if (preempted() || !look(AT_FDCWD, name, 0, &found))
		return false;
	if (!S_ISREG(found.file.stx_mode))
		return true;
	mount = mount_of(&found);
	if (is_remembered(mount))
		return true;
	if (!has_program(mount, thread))
		return false;
	remember(mount);
	return true;
}

void mounts_remember(int fd)
{
	union found found;

	if (!preempted() && look(fd, "", AT_EMPTY_PATH, &found))
		remember(mount_of(&found));
}
