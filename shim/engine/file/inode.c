/* SPDX-License-Identifier: MIT */
/*
 * stat(2) and pread(2) of an open file, its name, and opening it anew.
 */
#include "inode.h"

#include "kernel.h"
#include "text.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static bool look_by_statx(int fd, int sync, struct inode *found)
{
	struct statx now;

	if (kernel(SYS_statx, fd, "", AT_EMPTY_PATH | sync,
		   STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_CTIME, &now))
		return false;
	*found = (struct inode){
		.now = {
			.file = { makedev(now.stx_dev_major, now.stx_dev_minor), now.stx_ino },
			.size = now.stx_size,
			.modified = { now.stx_mtime.tv_sec, now.stx_mtime.tv_nsec },
			.changed = { now.stx_ctime.tv_sec, now.stx_ctime.tv_nsec },
		},
		.mode = now.stx_mode,
		.special = makedev(now.stx_rdev_major, now.stx_rdev_minor),
	};
	return true;
}

/*
 * If a FUSE server answers only its owner (fuse_allow_current_process() in the kernel), a program
 * that has become another user cannot stat a file that it has open, but can read and map it. It can
 * still learn the device, if it asks for nothing else, and whether sync_file_range(2) works: that
 * fails for pipes, sockets and devices. A directory cannot be mapped.
 */
static bool look_from_outside(int fd, struct inode *found)
{
	struct statx now;

	if (kernel(SYS_statx, fd, "", AT_EMPTY_PATH, 0, &now))
		return false;
	*found = (struct inode){
		.now.file.device = makedev(now.stx_dev_major, now.stx_dev_minor),
		.mode = kernel(SYS_sync_file_range, fd, 0, 0, 0, 0, 0) ? 0 : S_IFREG,
	};
	return true;
}

#ifdef __LP64__
static struct inode of_stat(const struct stat *now)
{
	return (struct inode){
		.now = {
			.file = { now->st_dev, now->st_ino },
			.size = (uint64_t)now->st_size,
			.modified = { now->st_mtim.tv_sec, (uint32_t)now->st_mtim.tv_nsec },
			.changed = { now->st_ctim.tv_sec, (uint32_t)now->st_ctim.tv_nsec },
		},
		.mode = now->st_mode,
		.special = now->st_rdev,
	};
}
#endif

/* 0 or -errno. */
static word look(int fd, struct inode *found)
{
#ifdef __LP64__
	struct stat now;
	word answer = kernel(SYS_fstat, fd, &now);

	if (!answer)
		*found = of_stat(&now);
	return answer;
#else
	/* fstat(2) exists in several forms here, and none has times after 2038. */
	return look_by_statx(fd, 0, found) ? 0 : -EACCES;
#endif
}

bool inode_look(int fd, struct inode *found)
{
	word answer = look(fd, found);

	if (!answer || answer == -EBADF)
		return !answer;
	if (answer == -EACCES)
		return look_from_outside(fd, found);
	/* A filter forbade it, or the server failed. The kernel itself may have the attributes. */
	return look_by_statx(fd, AT_STATX_DONT_SYNC, found);
}

/* Older container runtimes do not know statx(2) and forbid it. */
bool inode_asked(int fd, struct inode *found)
{
	return look_by_statx(fd, AT_STATX_FORCE_SYNC, found) || !look(fd, found);
}

#ifdef SYS_fstatfs64
typedef struct statfs64 filesystem;
#define fstatfs_of(fd, found) kernel(SYS_fstatfs64, fd, sizeof(*(found)), found)
#else
typedef struct statfs filesystem;
#define fstatfs_of(fd, found) kernel(SYS_fstatfs, fd, found)
#endif

struct inode_mount inode_mount(int fd)
{
	filesystem found;

	if (fstatfs_of(fd, &found))
		return (struct inode_mount){ 0, false };
	return (struct inode_mount){
		.type = (unsigned long)found.f_type,
		.noexec = found.f_flags & ST_NOEXEC,
	};
}

enum { INTERRUPTIONS = 16 };

word inode_read(int fd, void *bytes, size_t size, uint64_t offset)
{
	word count = -EINTR;

	for (int tries = 0; count == -EINTR && tries < INTERRUPTIONS; tries++)
		count = kernel_pread(fd, bytes, size, offset);
	return count;
}

enum { NAME_ROOM = 64 };

static const char *own_name(char room[NAME_ROOM], const char *kind, int fd, bool by_number)
{
	struct text name = { room, NAME_ROOM, 0 };

	text_add(&name, by_number ? "/proc/self/task/" : "/proc/thread-self");
	if (by_number)
		text_add_number(&name, (uint64_t)kernel(SYS_gettid));
	text_add(&name, kind);
	text_add_number(&name, (uint64_t)fd);
	return text_string(&name);
}

bool inode_known(int fd, struct inode *found)
{
#ifdef __LP64__
	char name[NAME_ROOM];
	struct stat now;
	word answer = -ENOENT;

	for (int i = 0; i < 2 && answer == -ENOENT; i++)
		answer = kernel(SYS_newfstatat, AT_FDCWD, own_name(name, "/fd/", fd, i), &now,
				AT_STATX_DONT_SYNC);
	if (!answer)
		*found = of_stat(&now);
#else
	word answer = !look_by_statx(fd, AT_STATX_DONT_SYNC, found);
#endif
	return !answer || inode_look(fd, found);
}

long own_path(int fd, char *path, size_t room)
{
	char name[NAME_ROOM];
	word length = -ENOENT;

	for (int i = 0; i < 2 && length == -ENOENT; i++)
		length = kernel_readlink(own_name(name, "/fd/", fd, i), path, room);
	return length;
}

bool own_finds(const char *name)
{
	char target;
	word answer = kernel_readlink(name, &target, 1);

	return answer >= 0 || answer == -EINVAL; /* it exists, but is not a link */
}

static word open_kind(const char *kind, int fd, int flags)
{
	char name[NAME_ROOM];
	word opened = -ENOENT;

	for (int i = 0; i < 2 && opened == -ENOENT; i++)
		opened = kernel(SYS_openat, AT_FDCWD, own_name(name, kind, fd, i), flags);
	return opened;
}

long own_open(int fd, int flags)
{
	return open_kind("/fd/", fd, flags);
}

long own_info(int fd)
{
	return open_kind("/fdinfo/", fd, O_RDONLY | O_CLOEXEC);
}

long own_link(int fd, int directory, const char *name)
{
	char own[NAME_ROOM];
	word answer = -ENOENT;

	for (int i = 0; i < 2 && answer == -ENOENT; i++)
		answer = kernel(SYS_linkat, AT_FDCWD, own_name(own, "/fd/", fd, i), directory, name,
				AT_SYMLINK_FOLLOW);
	return answer;
}

long own_watch(int instance, int fd, unsigned events)
{
	char name[NAME_ROOM];
	word watch = -ENOENT;

	for (int i = 0; i < 2 && watch == -ENOENT; i++)
		watch = kernel(SYS_inotify_add_watch, instance, own_name(name, "/fd/", fd, i),
			       events);
	return watch;
}
