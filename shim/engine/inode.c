/*
 * stat(2) and pread(2) of an open file. Called by file.c for the rules, by fill.c,
 * backing.c and each engine for copies.
 */
#include "inode.h"

#include "kernel.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static struct stamp stamp_of(struct statx_timestamp time)
{
	return (struct stamp){ time.tv_sec, time.tv_nsec };
}

/* Where a filter forbids statx(2), which older container runtimes do not know. */
static bool look_by_fstat(int fd, struct inode *found)
{
#ifdef __LP64__
	struct stat old;

	if (kernel(SYS_fstat, fd, &old))
		return false;
	*found = (struct inode){
		.now = {
			.file = { old.st_dev, old.st_ino },
			.size = (uint64_t)old.st_size,
			.modified = { old.st_mtim.tv_sec, (uint32_t)old.st_mtim.tv_nsec },
			.changed = { old.st_ctim.tv_sec, (uint32_t)old.st_ctim.tv_nsec },
		},
		.regular = S_ISREG(old.st_mode),
	};
	return true;
#else
	(void)fd;
	(void)found;
	return false;
#endif
}

static bool look(int fd, int sync, struct inode *found)
{
	struct statx now;

	if (kernel(SYS_statx, fd, "", AT_EMPTY_PATH | sync,
		   STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_CTIME | STATX_MNT_ID,
		   &now))
		return look_by_fstat(fd, found);
	*found = (struct inode){
		.now = {
			.file = { makedev(now.stx_dev_major, now.stx_dev_minor), now.stx_ino },
			.size = now.stx_size,
			.modified = stamp_of(now.stx_mtime),
			.changed = stamp_of(now.stx_ctime),
		},
		.mount_id = now.stx_mask & STATX_MNT_ID ? now.stx_mnt_id : 0,
		.regular = S_ISREG(now.stx_mode),
	};
	return true;
}

/*
 * A FUSE server that answers its owner only (fuse_allow_current_process() in the kernel) shows a
 * program that has become another user nothing of a file that it has open, but lets it read and map
 * it. What is told to all is the device, to who wants no more, and whether there is any memory of a
 * file to be written back: pipes, sockets and devices have none; a directory cannot be mapped.
 */
static bool look_from_outside(int fd, struct inode *found)
{
	struct statx now;

	if (kernel(SYS_statx, fd, "", AT_EMPTY_PATH, 0, &now))
		return false;
	*found = (struct inode){
		.now.file.device = makedev(now.stx_dev_major, now.stx_dev_minor),
		.mount_id = now.stx_mask & STATX_MNT_ID ? now.stx_mnt_id : 0,
		.regular = !kernel(SYS_sync_file_range, fd, 0, 0, 0, 0, 0),
	};
	return true;
}

bool inode_known(int fd, struct inode *found)
{
	return look(fd, AT_STATX_DONT_SYNC, found) || look_from_outside(fd, found);
}

bool inode_asked(int fd, struct inode *found)
{
	return look(fd, AT_STATX_FORCE_SYNC, found);
}

#ifdef SYS_fstatfs64
typedef struct statfs64 filesystem;
#define fstatfs_of(fd, found) kernel(SYS_fstatfs64, fd, sizeof(*(found)), found)
#else
typedef struct statfs filesystem;
#define fstatfs_of(fd, found) kernel(SYS_fstatfs, fd, found)
#endif

unsigned long inode_filesystem(int fd)
{
	filesystem found;

	return fstatfs_of(fd, &found) ? 0 : (unsigned long)found.f_type;
}

bool inode_on_noexec_mount(int fd)
{
	filesystem found;

	return !fstatfs_of(fd, &found) && found.f_flags & ST_NOEXEC;
}

enum { INTERRUPTIONS = 16 };

word inode_read(int fd, void *bytes, size_t size, uint64_t offset)
{
	word count = -EINTR;

	for (int tries = 0; count == -EINTR && tries < INTERRUPTIONS; tries++)
		count = kernel_pread(fd, bytes, size, offset);
	return count;
}
