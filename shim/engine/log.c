/* SPDX-License-Identifier: MIT */
/*
 * The log.
 */
#include "log.h"

#include "engine.h"
#include "memory.h"
#include "sink.h"

#include <string.h>
#include <syslog.h>

/* Written at the start only, before anything logs. */
AT_START static enum log_level wanted = LOG_LEVEL_OFF;
static const char *target = "stderr";

void log_open(const struct settings *settings)
{
	wanted = settings->log_level;
	target = settings->log_target;
}

bool log_wants(enum log_level level)
{
	return level <= wanted;
}

bool log_begin(struct text *text, enum log_level level)
{
	if (!log_wants(level) || !sink_room(text))
		return false;
	if (strcmp(target, "syslog") != 0)
		text_add(text, "privmap: ");
	return true;
}

void log_end(struct text *text, enum log_level level)
{
	static const unsigned char severities[] = { LOG_ERR, LOG_ERR, LOG_WARNING, LOG_INFO,
						    LOG_DEBUG };

	if (strcmp(target, "syslog") == 0) {
		sink_syslog(severities[level], text);
	} else {
		text_add(text, "\n");
		if (strcmp(target, "stderr") == 0)
			sink_stderr(text);
		else
			sink_file(target, engine_pid(), text);
	}
	sink_free(text);
}
