/* SPDX-License-Identifier: MIT */
/*
 * The functions of engine.h for the preload library, which serves its own process; but
 * engine_convert() is in convert.c, engine_buffer() in buffer.c, the limits of copies in
 * copies.c, the program's name in program.c, and the program's own calls in next.c. And the start
 * and the end: libc runs the constructor when the dynamic linker loads the library, before main()
 * (but maybe after constructors of other libraries), and the destructor when the process calls
 * exit(3).
 */
#include "engine.h"

#include "configure.h"
#include "kernel.h"
#include "log.h"
#include "memory.h"
#include "next.h"
#include "opened.h"
#include "report.h"
#include "state.h"
#include "text.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>

/*
 * A compare-and-exchange sets it at the first event to count. A child of fork does not inherit it,
 * and so reports only its own events.
 */
AT_START static _Atomic(void *) counted; /* read at the end of each program */

void engine_unmap(const void *addr, size_t length)
{
	engine_munmap((void *)addr, length);
}

bool engine_names_first(void)
{
	return true;
}

/* A process is not dumpable if it has or had other rights than its user (prctl(2)). */
bool engine_keeps(void)
{
	return kernel(SYS_prctl, PR_GET_DUMPABLE) == 1;
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

long engine_path(int fd, char *path, size_t room)
{
	return own_path(fd, path, room);
}

bool engine_finds(const char *path)
{
	return own_finds(path);
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
	/* Written only at the start. */
	AT_START static struct stderr_at_load load;

	return &load;
}

struct report *engine_report(void)
{
	struct report *report = memory_wiped(&counted, report_size());

	return report;
}

/* The directory of this library as the dynamic linker knows it, without the last '/'. */
void engine_directory(char *directory, size_t size)
{
	struct text text = { directory, size, 0 };
	/* As in rulefile/open.c: only processes that parse a rule file need this function. */
	__typeof__(&dladdr) find = (__typeof__(&dladdr))dlsym(RTLD_DEFAULT, "dladdr");
	Dl_info self;
	const char *slash;

	if (find && find((void *)engine_directory, &self) && (slash = strrchr(self.dli_fname, '/')))
		text_add_bytes(&text, self.dli_fname, (size_t)(slash - self.dli_fname));
	else
		text_add(&text, ".");
	text_string(&text);
}

/*
 * glibc's pthread_atfork(3) reads it, to know what to forget when the library is unloaded: NULL for
 * nothing. Compilers have it in the files that begin a library; this one is linked without them
 * (Makefile).
 */
__attribute__((weak)) void *const __dso_handle = NULL;

__attribute__((constructor)) static void start(void)
{
	const int before = errno;

	next_find();
	configure();
	if (state_serves())
		pthread_atfork(opened_before_fork, opened_in_parent, opened_in_child);
	errno = before;
}

__attribute__((destructor)) static void end(void)
{
	report_write(memory_wiped_there(&counted));
}
