/* SPDX-License-Identifier: MIT */
/*
 * The names of a thread's own files in /proc: by thread-self, or by the thread's number.
 */
#include "own.h"

#include "kernel.h"
#include "text.h"

#include <fcntl.h>
#include <stdbool.h>

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

long own_path(int fd, char *path, size_t room)
{
	char name[NAME_ROOM];
	word length = -ENOENT;

	for (int i = 0; i < 2 && length == -ENOENT; i++)
		length = kernel_readlink(own_name(name, "/fd/", fd, i), path, room);
	return length;
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
