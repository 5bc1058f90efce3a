/* SPDX-License-Identifier: MIT */
/*
 * mmapworld: makes calls of the library fail. A notification has the address of the call, which is
 * in the library's own code or in the program's.
 */
#define _GNU_SOURCE 1
#include "mmapworld.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * The place of the library's code in each thread's process. Remembers only hits: a process without
 * the library may be just loading it.
 */
static struct place {
	pid_t thread;
	unsigned long start, end;
} places[4096];

static struct place *place_of(pid_t thread)
{
	return &places[(size_t)thread % (sizeof(places) / sizeof(*places))];
}

/* True for a line of /proc/PID/maps that ends with "/NAME". */
static bool is_of(const char *line, size_t length, const char *name)
{
	size_t own = strlen(name) + 1;

	return length > own + 1 && line[length - own - 1] == '/' &&
	       strncmp(line + length - own, name, own - 1) == 0;
}

static void find_place(struct place *place, pid_t thread, const char *library)
{
	char name[40], code;
	char *line = NULL;
	size_t size = 0;
	unsigned long start, end;
	FILE *maps;

	snprintf(name, sizeof(name), "/proc/%d/maps", thread);
	maps = fopen(name, "re");
	place->thread = 0;
	while (maps && !place->thread && getline(&line, &size, maps) > 0) {
		if (is_of(line, strlen(line), library) &&
		    sscanf(line, "%lx-%lx %*2c%c", &start, &end, &code) == 3 && code == 'x')
			*place = (struct place){ thread, start, end };
	}
	if (maps)
		fclose(maps);
	free(line);
}

static bool is_of_library(const struct seccomp_notif *call, const char *library)
{
	struct place *place = place_of((pid_t)call->pid);
	unsigned long at = (unsigned long)call->data.instruction_pointer;

	if (call->data.nr == SYS_execve || call->data.nr == SYS_execveat) {
		place->thread = 0; /* the new program has it elsewhere */
		return false;
	}
	if (place->thread != (pid_t)call->pid)
		find_place(place, (pid_t)call->pid, library);
	return place->thread && at >= place->start && at < place->end;
}

/*
 * Does half of a read or write for the caller. False if the call is another one, or has one byte.
 */
static bool do_half(const struct seccomp_notif *call, int listener,
		    struct seccomp_notif_resp *answer)
{
	static char bytes[1 << 20];
	const __u64 *args = call->data.args;
	size_t half = (size_t)args[2] / 2;
	struct iovec own = { bytes, half < sizeof(bytes) ? half : sizeof(bytes) };
	struct iovec callers = { (void *)(unsigned long)args[1], own.iov_len };
	bool reads = call->data.nr == SYS_read || call->data.nr == SYS_pread64;
	ssize_t done = -1;
	int fd;

	if (!own.iov_len)
		return false;
	fd = caller_fd(call, listener, (int)args[0]);
	if (fd < 0)
		return false;
	if (!reads && process_vm_readv((pid_t)call->pid, &own, 1, &callers, 1, 0) < 0) {
		close(fd);
		return false;
	}
	switch (call->data.nr) {
	case SYS_read:
		done = read(fd, own.iov_base, own.iov_len);
		break;
	case SYS_pread64:
		done = pread(fd, own.iov_base, own.iov_len, (off_t)args[3]);
		break;
	case SYS_write:
		done = write(fd, own.iov_base, own.iov_len);
		break;
	case SYS_pwrite64:
		done = pwrite(fd, own.iov_base, own.iov_len, (off_t)args[3]);
		break;
	}
	answer->error = done < 0 ? -errno : 0;
	answer->val = done < 0 ? 0 : done;
	close(fd);
	own.iov_len = callers.iov_len = done > 0 ? (size_t)done : 0;
	if (reads && done > 0)
		process_vm_writev((pid_t)call->pid, &own, 1, &callers, 1, 0);
	return true;
}

bool faulty(const struct world *world, const struct seccomp_notif *call, int listener,
	    struct seccomp_notif_resp *answer)
{
	static unsigned long count;
	const struct fault *fault = &world->fault;

	if ((fault->call < 0 && world->record < 0) || !is_of_library(call, world->library))
		return false;
	if (world->record >= 0)
		dprintf(world->record, "%s\n", call_name(call->data.nr));
	if (call->data.nr != fault->call || ++count < fault->first || count > fault->last)
		return false;
	if (fault->is_short)
		return do_half(call, listener, answer);
	answer->error = -fault->error;
	return true;
}
