/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per message, put together in a struct text between log_begin and log_end.
 */
#ifndef PRIVMAP_LOG_H
#define PRIVMAP_LOG_H

#include "settings.h"
#include "text.h"

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

#endif
