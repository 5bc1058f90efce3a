/* SPDX-License-Identifier: MIT */
/*
 * A library to preload into privmap. It adds the filesystem WORLD_FILESYSTEM to those of the
 * kernel. If WORLD_REFUSES is set, too, the tracer's private trial mappings fail. It does not
 * change calls of the traced program.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static int other_filesystems(void)
{
	const char *name = getenv("WORLD_FILESYSTEM");
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) ||
	    dprintf(ends[1], "nodev\ttmpfs\nnodev\t%s\n\text4\n", name ? name : "fuse") < 0)
		return -1;
	close(ends[1]);
	return ends[0];
}

EXPORT int open(const char *name, int flags, ...)
{
	va_list arguments;
	int mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, int);
	va_end(arguments);
	if (strcmp(name, "/proc/filesystems") == 0)
		return other_filesystems();
	return (int)syscall(SYS_openat, AT_FDCWD, name, flags, mode);
}

EXPORT void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	if (fd >= 0 && (flags & MAP_TYPE) == MAP_PRIVATE && getenv("WORLD_REFUSES")) {
		errno = ENODEV;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, addr, length, prot, flags, fd, offset);
}
