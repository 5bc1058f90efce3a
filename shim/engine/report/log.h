/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per message, put together in a struct text between log_begin and log_end. And
 * sinks, where lines end, without harm to the host: never in a file that took fd 2's place, never
 * blocking, no signal (SIGPIPE, SIGXFSZ, SIGTTOU), no fd left open.
 */
#pragma once

#include "settings.h"
#include "snapshot.h"
#include "text.h"

#include <stdbool.h>

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

/* Room for a long message, from the kernel; false if there is none. Given back by sink_free(). */
bool sink_room(struct text *text);
void sink_free(struct text *text);

/* Sets level and target; from the constructor. target must stay. */
void log_open(const struct settings *settings);

/* True if messages of this level are written: for what costs something to find out. */
bool log_wants(enum log_level level);

/*
 * False if the level is not wanted, or there is no memory: then nothing else is called. Else
 * text_add() what the message says, without a newline, and log_end(). Leaves errno alone.
 */
bool log_begin(struct text *text, enum log_level level);
void log_end(struct text *text, enum log_level level);
