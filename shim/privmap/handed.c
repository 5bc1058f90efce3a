/* SPDX-License-Identifier: MIT */
/*
 * Runs a program that was handed over, silently.
 */
#include "handed.h"

#include "handed-over.h"
#include "kernel.h"
#include "ld-preload.h"
#include "preload-list.h"
#include "start.h"
#include "unreached.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * execve(2) fails with ETXTBSY while any process has the file open for writing. A child that was
 * forked meanwhile may have it open for a moment.
 */
enum { BUSY_TIMES = 50, BUSY_NS = 2000000 };

bool handed_over(int argc, char **argv)
{
	return argc >= HANDED_FIRST && strcmp(argv[1], HANDED_OPTION) == 0 &&
	       argc >= HANDED_FIRST + atoi(argv[5]);
}

static void trace(void)
{
	char directory[PATH_MAX];
	char why[256];

	enum tracer tracer = tracer_of_process();

	/* That tracer serves the program. */
	if (tracer == TRACER_PRIVMAP)
		return;
	/* Only rule files need it: without it the built-in rules apply. */
	library_directory(directory, sizeof(directory));
	if (tracer == TRACER_OTHER || !trace_start(directory, why, sizeof(why))) {
		unreached_count(getenv("PRIVMAP_REPORT"),
				tracer == TRACER_OTHER ? UNREACHED_TRACED : UNREACHED_UNTRACEABLE);
		return;
	}
	preload_forget();
	setenv("LSAN_OPTIONS", sanitizer_options(LSAN_OPTION, getenv("LSAN_OPTIONS")), 1);
}

/* Returns only on failure: the errno. */
static int run(int at, const char *path, char **argv)
{
	const struct timespec pause = { .tv_nsec = BUSY_NS };
	word error = -ETXTBSY;

	for (int i = 0; i < BUSY_TIMES && error == -ETXTBSY; i++) {
		error = at == AT_FDCWD ? kernel(SYS_execve, path, argv, environ) :
					 kernel(SYS_execveat, at, path, argv, environ,
						*path ? 0 : AT_EMPTY_PATH);
		if (error == -ETXTBSY)
			nanosleep(&pause, NULL);
	}
	return (int)-error;
}

int handed_run(char **argv, const char **name)
{
	int at = strcmp(argv[2], "-") == 0 ? AT_FDCWD : atoi(argv[2]);

	handed_show(environ, argv + HANDED_FIRST);
	trace();
	if (strcmp(argv[3], "1") == 0)
		fcntl(at, F_SETFD, FD_CLOEXEC);
	*name = argv[4];
	return run(at, argv[4], argv + HANDED_FIRST + atoi(argv[5]));
}
