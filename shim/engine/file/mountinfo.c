/* SPDX-License-Identifier: MIT */
/*
 * Finds the mount that an open file is on, by its number or by its device.
 */
#include "mountinfo.h"

#include "inode.h"
#include "kernel.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>

/* The number after "mnt_id:" at the start of a line; 0 if there is none. */
static uint64_t number_in(const char *line)
{
	static const char key[] = "mnt_id:";
	uint64_t id = 0;

	while (strncmp(line, key, sizeof(key) - 1) != 0) {
		line += strcspn(line, "\n");
		if (!*line++)
			return 0;
	}
	line += sizeof(key) - 1;
	line += strspn(line, " \t");
	while (*line >= '0' && *line <= '9')
		id = id * 10 + (uint64_t)(*line++ - '0');
	return id;
}

static uint64_t mount_id_of(int fd)
{
	char bytes[128]; /* pos, flags and mnt_id are its first lines */
	word count;
	int info = (int)own_info(fd);

	if (info < 0)
		return 0;
	count = kernel(SYS_read, info, bytes, sizeof(bytes) - 1);
	kernel(SYS_close, info);
	bytes[count < 0 ? 0 : count] = '\0';
	return number_in(bytes);
}

bool mountinfo_find(struct mountinfo_reader *reader, const char *proc, int fd)
{
	char bytes[512];
	struct text name = TEXT_IN(bytes);
	word count;
	int mounts;

	if (!reader->mount_id)
		reader->mount_id = mount_id_of(fd);
	text_add(&name, proc);
	text_add(&name, "/mountinfo");
	mounts = (int)kernel(SYS_openat, AT_FDCWD, text_string(&name), O_RDONLY | O_CLOEXEC);
	if (mounts < 0)
		return false;
	while ((count = kernel(SYS_read, mounts, bytes, sizeof(bytes))) > 0)
		mountinfo_read(reader, bytes, (size_t)count);
	kernel(SYS_close, mounts);
	return reader->found;
}
