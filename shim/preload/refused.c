/* SPDX-License-Identifier: MIT */
/*
 * Has a mapping served that the kernel refused, and supplies what the shared parts need to know of
 * this process (engine.h).
 */
#include "refused.h"

#include "buffer.h"
#include "convert.h"
#include "engine.h"
#include "kernel.h"
#include "lock.h"
#include "memory.h"
#include "serve.h"
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

struct serving {
	struct file file; /* first: what the shared parts get */
	struct signals signals;
	bool blocked;
};

/* Not before, for a host's filter may forbid even that (file.h). */
void engine_begin(struct file *file)
{
	struct serving *serving = (struct serving *)file;

	if (serving->blocked)
		return;
	signals_block(&serving->signals);
	serving->blocked = true;
}

/* mmap(2) is done or not done when a handler runs: so is this. */
__attribute__((noinline)) static void *serve_at_once(const struct mapping *call, bool own_place,
						     bool untried)
{
	const int before = errno;
	struct serving serving;
	void *result = MAP_FAILED;

	serving.blocked = false;
	if (!serve_may_matter() || !file_look(&serving.file, call->fd))
		return result;
	result = serve(call, &serving.file, own_place, untried);
	file_done(&serving.file);
	if (serving.blocked)
		signals_restore(&serving.signals);
	errno = before;
	return result;
}

void *refused_map(const struct mapping *call, bool own_place)
{
	return serve_at_once(call, own_place, false);
}

void *refused_map_always(const struct mapping *call)
{
	return serve_at_once(call, false, true);
}

void *engine_convert(const struct mapping *call, const struct file *file, bool own_place)
{
	return convert_map(call, &file->known, own_place);
}

void *engine_buffer(const struct mapping *call, const struct file *file)
{
	return buffer_map(call, file);
}

int engine_pid(void)
{
	return (int)kernel(SYS_getpid);
}

const char *engine_proc(void)
{
	return "/proc/thread-self";
}

const char *engine_proc_of_process(void)
{
	return "/proc/self";
}

int engine_open(const char *name, int flags)
{
	return (int)kernel(SYS_openat, AT_FDCWD, name, flags, 0666);
}

int engine_stderr(void)
{
	return STDERR_FILENO;
}

void engine_stderr_done(int fd)
{
	(void)fd;
}

struct stderr_at_load *engine_stderr_at_load(void)
{
	/* Written at the start only. */
	AT_START static struct stderr_at_load load;

	return &load;
}
