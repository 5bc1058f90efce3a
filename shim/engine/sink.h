/* SPDX-License-Identifier: MIT */
/*
 * Where messages go, without harm to the host: never into a file that took fd 2's place, never
 * blocking, no signal (SIGPIPE, SIGXFSZ, SIGTTOU), no fd left open.
 */
#ifndef PRIVMAP_SINK_H
#define PRIVMAP_SINK_H

#include "snapshot.h"
#include "text.h"

#include <stdbool.h>
#include <stdint.h>

/* What fd 2 was when a program was loaded; engines keep it (engine.h). */
struct stderr_at_load {
	struct identity file;
	bool open; /* else it was none, or nobody could tell */
};

/* Remembers which file fd 2 is; when a program is loaded, before it runs. */
void sink_remember_stderr(void);

/*
 * Writes text to stderr if fd 2 is still that file. What it does not take without waiting is
 * dropped; the end of a text that a pipe has no room for becomes "...".
 */
void sink_stderr(struct text *text);

/*
 * Appends text to a file in one write, making it (mode 0666 less umask) if need be; %p in its
 * name becomes pid. Symbolic links are not followed, a FIFO without a reader is not waited for.
 */
void sink_file(const char *target, int pid, const struct text *text);

/* Sends text to syslog (/dev/log), facility user, at one of syslog(3)'s severities. */
void sink_syslog(int severity, const struct text *text);

/* Room for a long message, from the kernel; false if there is none. Given back by sink_free(). */
bool sink_room(struct text *text);
void sink_free(struct text *text);

#endif
