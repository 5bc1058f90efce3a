/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per message, built in a struct text between log_begin() and log_end(). Its
 * sinks do the program no harm: they never write to a file that has taken fd 2's place, never
 * block, raise no signal (SIGPIPE, SIGXFSZ, SIGTTOU), and leave no fd open.
 */
#pragma once

#include "settings.h"
#include "snapshot.h"
#include "text.h"

#include <stdbool.h>

/* What fd 2 was when the program was loaded; the engine stores it (engine.h). */
struct stderr_at_load {
	struct identity file;
	bool open; /* false if it was closed, or fstat(2) failed */
};

/* Remembers which file fd 2 is. Call it when a program is loaded, before it runs. */
void sink_remember_stderr(void);

/*
 * Writes text to stderr if fd 2 is still that file. Drops what would have to wait; if a pipe has no
 * room for a long text, its end becomes "...".
 */
void sink_stderr(struct text *text);

/*
 * Appends text to a file in one write; makes it if necessary (mode 0666 less umask). %p in its name
 * becomes pid. Does not follow symbolic links or wait for the reader of a FIFO.
 */
void sink_file(const char *target, int pid, const struct text *text);

/*
 * Writes text to fd. Waits for a slow reader of a pipe, but not for one that never reads.
 */
void sink_descriptor(int fd, const struct text *text);

/* Gets room for a long message from the kernel; false if there is none. sink_free() frees it. */
bool sink_room(struct text *text);
void sink_free(struct text *text);

/* Sets level and target. For the constructor. The string of target must stay. */
void log_open(const struct settings *settings);

/* True if messages of this level are written. Check it before costly preparations. */
bool log_wants(enum log_level level);

/*
 * False if the level is not wanted, or there is no memory; then log_end() must not follow. Else add
 * the message by text_add(), without a newline, and call log_end(). Leaves errno alone.
 */
bool log_begin(struct text *text, enum log_level level);
void log_end(struct text *text, enum log_level level);
