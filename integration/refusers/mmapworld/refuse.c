/* SPDX-License-Identifier: MIT */
/*
 * mmapworld: decides whether this world maps a file. The program waits meanwhile.
 */
#define _GNU_SOURCE 1
#include "mmapworld.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The same on every architecture; headers of older systems lack them. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* since Linux 6.9 */
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Returns the process of a thread; 0 if it is gone. */
static pid_t process_of(pid_t thread)
{
	char name[40], line[128];
	FILE *status;
	int process = 0;

	snprintf(name, sizeof(name), "/proc/%d/status", thread);
	status = fopen(name, "re");
	while (status && !process && fgets(line, sizeof(line), status))
		if (sscanf(line, "Tgid: %d", &process) != 1)
			process = 0;
	if (status)
		fclose(status);
	return process;
}

int caller_fd(const struct seccomp_notif *call, int listener, int fd)
{
	pid_t thread = (pid_t)call->pid;
	int pidfd = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);
	int own;

	/* Threads share their fds, unless one asked for a separate table. */
	if (pidfd < 0)
		pidfd = (int)syscall(SYS_pidfd_open, process_of(thread), 0);
	if (pidfd < 0)
		return -1;
	own = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	close(pidfd);
	/* The id may belong to another process now: then the call is gone. */
	if (own >= 0 && ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id)) {
		close(own);
		return -1;
	}
	return own;
}

/* True for a file that could be on a disk or a share. */
static bool is_of_disk(int fd)
{
	struct stat st;
	struct statfs fs;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || fstatfs(fd, &fs))
		return false;
	switch ((unsigned long)fs.f_type) {
	case TMPFS_MAGIC: /* memfds and POSIX shared memory as well */
	case RAMFS_MAGIC:
	case HUGETLBFS_MAGIC:
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case DEBUGFS_MAGIC:
		return false;
	}
	return true;
}

static bool is_below(int fd, const char *directory)
{
	char name[40], path[8192];
	size_t length = directory ? strlen(directory) : 0;
	ssize_t got;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	got = readlink(name, path, sizeof(path) - 1);
	if (got < 0)
		return false;
	path[got] = '\0';
	if (!directory)
		return strcmp(path, "/etc/ld.so.cache") != 0; /* mapped without MAP_DENYWRITE */
	return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* MAP_FIXED_NOREPLACE over a mapping: the kernel returns EEXIST before it asks the file. */
static bool is_taken(pid_t process, unsigned long start, unsigned long end)
{
	char name[40];
	char *line = NULL;
	size_t size = 0;
	unsigned long from, to;
	bool taken = false;
	FILE *maps;

	snprintf(name, sizeof(name), "/proc/%d/maps", process);
	maps = fopen(name, "re");
	while (maps && !taken && getline(&line, &size, maps) > 0)
		taken = sscanf(line, "%lx-%lx", &from, &to) == 2 && from < end && start < to;
	if (maps)
		fclose(maps);
	free(line);
	return taken;
}

/*
 * Finds out whether the kernel would ask the file, by mapping it here. Invalid calls (a length of
 * 0, no permission, unknown flags, an impossible address) fail here as well, and then the kernel
 * gives its own answer. This does not see the caller's limits of address space and locked memory.
 */
static bool kernel_would_ask(const struct seccomp_notif *call, int fd)
{
	const __u64 *args = call->data.args;
	const int fixed = MAP_FIXED | MAP_FIXED_NOREPLACE;
	unsigned long address = (unsigned long)args[0];
	size_t length = (size_t)args[1];
	int prot = (int)args[2];
	int flags = (int)args[3];
	int plain = flags & ~(fixed | MAP_POPULATE | MAP_LOCKED);
#ifdef SYS_mmap2
	off_t offset = (off_t)(args[5] << 12);
#else
	off_t offset = (off_t)args[5];
#endif
	void *map;

	if (flags & fixed) {
		map = mmap((void *)address, length, prot, plain | MAP_FIXED_NOREPLACE, fd, offset);
		if (map == MAP_FAILED && errno != EEXIST)
			return false;
		if (map != MAP_FAILED)
			munmap(map, length);
		if (flags & MAP_FIXED_NOREPLACE &&
		    is_taken((pid_t)call->pid, address, address + length))
			return false;
	}
	map = mmap(NULL, length, prot, plain, fd, offset);
	if (map == MAP_FAILED)
		return false;
	munmap(map, length);
	return true;
}

/* False for other calls that the filter brings because of a fault. */
static bool is_refusable(const struct world *world, const struct seccomp_data *call)
{
	int prot = (int)call->args[2];
	int flags = (int)call->args[3];

	if (call->nr != MAP_CALL || world->refuse == REFUSE_NOTHING)
		return false;
	/* Without a file; or of the dynamic loader, which uses this flag. */
	if (flags & (MAP_ANONYMOUS | MAP_DENYWRITE))
		return false;
	/* Only loaders map code; musl's does so without the flag. */
	return (flags & MAP_TYPE) != MAP_PRIVATE ||
	       (world->refuse == REFUSE_PRIVATE && !(prot & PROT_EXEC));
}

/*
 * With MAP_FIXED, a real refusal (Linux 6.18, FUSE) leaves a hole in place of the old mapping. Ours
 * comes before the kernel has changed anything, so the old mapping stays. A program that goes on
 * after such a failure gets a better result here.
 */
int refused(const struct world *world, const struct seccomp_notif *call, int listener)
{
	bool yes;
	int fd;

	if (!is_refusable(world, &call->data))
		return 0;
	fd = caller_fd(call, listener, (int)call->data.args[4]);
	if (fd < 0)
		return 0;
	yes = (world->refuse != REFUSE_RDWR || (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR) &&
	      is_of_disk(fd) && is_below(fd, world->below) && kernel_would_ask(call, fd);
	close(fd);
	return yes ? world->error : 0;
}
