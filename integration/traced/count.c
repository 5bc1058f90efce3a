/* SPDX-License-Identifier: MIT */
/*
 * A library to preload into privmap: writes a letter to the file TRACED_COUNT each time that the
 * tracer resumes a thread: c, s, t, l (PTRACE_CONT, _SYSCALL, _SINGLESTEP, _LISTEN).
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <unistd.h>

static char letter_of(int request)
{
	switch (request) {
	case PTRACE_CONT:
		return 'c';
	case PTRACE_SYSCALL:
		return 's';
	case PTRACE_SINGLESTEP:
		return 't';
	case PTRACE_LISTEN:
		return 'l';
	default:
		return 0;
	}
}

static void note(char letter)
{
	const char *name = getenv("TRACED_COUNT");
	int fd = name ? open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;

	if (fd < 0 || write(fd, &letter, 1) != 1)
		abort();
	close(fd);
}

long ptrace(enum __ptrace_request request, ...)
{
	long (*next)(enum __ptrace_request, ...) =
		(long (*)(enum __ptrace_request, ...))dlsym(RTLD_NEXT, "ptrace");
	va_list arguments;
	pid_t id;
	void *address, *data;

	va_start(arguments, request);
	id = va_arg(arguments, pid_t);
	address = va_arg(arguments, void *);
	data = va_arg(arguments, void *);
	va_end(arguments);
	if (letter_of((int)request))
		note(letter_of((int)request));
	return next(request, id, address, data);
}
