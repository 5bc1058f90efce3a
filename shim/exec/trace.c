/* SPDX-License-Identifier: MIT */
/*
 * The conditions for handing a program over: see trace.h. If another obstacle exists, privmap meets
 * it, and runs the program untraced.
 */
#include "trace.h"

#include "handed-over.h"
#include "kernel.h"
#include "start.h"
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#ifndef BINDIR
#define BINDIR "/usr/bin"
#endif

enum {
	FILES = 6,	     /* descriptors that privmap has at the same time, and one more */
	ADDRESSES = 1 << 28, /* bytes of address space that privmap needs */
	STACK = 1 << 18,     /* bytes of stack that it needs */
};

/* Up to size - 1 bytes of a file, with a NUL; false if there are none. */
static bool read_text(const char *name, char *text, size_t size)
{
	word fd = kernel(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC), count;

	if (fd < 0)
		return false;
	count = kernel(SYS_read, fd, text, size - 1);
	kernel(SYS_close, fd);
	text[count > 0 ? count : 0] = '\0';
	return count > 0;
}

static bool is_privmap(const char *pid)
{
	char name[48], comm[16];
	struct text text = TEXT_IN(name);

	text_add(&text, "/proc/");
	text_add_bytes(&text, pid, strcspn(pid, "\n"));
	text_add(&text, "/comm");
	return read_text(text_string(&text), comm, sizeof(comm)) &&
	       strncmp(comm, TRACER_NAME, sizeof(TRACER_NAME) - 1) == 0;
}

/* The kernel allows only one tracer. */
enum trace trace_is(void)
{
	static const char key[] = "\nTracerPid:\t";
	char status[512];
	const char *found;

	if (!read_text("/proc/self/status", status, sizeof(status)))
		return TRACE_NOT;
	for (found = status; (found = strchr(found, '\n')); found++) {
		if (strncmp(found, key, sizeof(key) - 1) != 0)
			continue;
		found += sizeof(key) - 1;
		return *found == '0' ? TRACE_CAN : is_privmap(found) ? TRACE_DONE : TRACE_OTHERS;
	}
	return TRACE_NOT;
}

/* Such a process executes programs in secure mode, which changes privmap's environment. */
static bool is_two_users(void)
{
	return kernel(SYS_getuid) != kernel(SYS_geteuid) ||
	       kernel(SYS_getgid) != kernel(SYS_getegid);
}

static bool allows(int resource, uint64_t least)
{
	struct {
		uint64_t now, most;
	} limit;

	return kernel(SYS_prlimit64, 0, resource, NULL, &limit) == 0 && limit.now >= least;
}

static bool has_files(void)
{
	word fd[FILES];
	int count = 0;

	while (count < FILES &&
	       (fd[count] = kernel(SYS_openat, AT_FDCWD, "/proc/self", O_PATH | O_CLOEXEC)) >= 0)
		count++;
	for (int i = 0; i < count; i++)
		kernel(SYS_close, fd[i]);
	return count == FILES;
}

/* An installed library has a directory of that name next to it. */
static bool is_file(const char *name)
{
	struct statx found;

	return kernel(SYS_statx, AT_FDCWD, name, 0, STATX_TYPE, &found) == 0 &&
	       S_ISREG(found.stx_mode);
}

/* Finds privmap next to this library, in ../bin, or in BINDIR. */
static bool find_command(char *command)
{
	static const char *const near[] = { "/privmap", "/../bin/privmap" };
	struct text text = { command, TRACE_COMMAND, 0 };

	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]) && own()->file; i++) {
		if (own()->directory + strlen(near[i]) >= TRACE_COMMAND)
			continue;
		text.length = 0;
		text_add_bytes(&text, own()->file, own()->directory);
		text_add(&text, near[i]);
		if (is_file(text_string(&text)))
			return true;
	}
	memcpy(command, BINDIR "/privmap", sizeof(BINDIR "/privmap"));
	return is_file(command);
}

static bool identify(const char *path, struct statx *found)
{
	return kernel(SYS_statx, AT_FDCWD, path, 0, STATX_INO, found) == 0;
}

static bool is_command(const char *command)
{
	struct statx self, other;

	return !identify("/proc/self/exe", &self) || !identify(command, &other) ||
	       (self.stx_ino == other.stx_ino && self.stx_dev_major == other.stx_dev_major &&
		self.stx_dev_minor == other.stx_dev_minor);
}

enum trace trace_can(char command[TRACE_COMMAND])
{
	enum trace trace = trace_is();

	if (trace != TRACE_CAN)
		return trace;
	if (is_two_users() || !allows(RLIMIT_AS, ADDRESSES) || !allows(RLIMIT_STACK, STACK) ||
	    !has_files() || !find_command(command))
		return TRACE_NOT;
	return is_command(command) ? TRACE_DONE : TRACE_CAN;
}
