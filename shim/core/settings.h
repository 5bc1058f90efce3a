/* SPDX-License-Identifier: MIT */
/*
 * What a rule file and the environment may set beside the rules, and the words for it.
 * Filled by the loader (rulefile/), by an engine's start, and read everywhere; plain data.
 */
#pragma once

#include "rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_OFF,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* No string is owned: they live as long as the process, or as the caller says. */
struct settings {
	struct rules rules;
	bool asks_program;	  /* a rule has a program, or when = "always" (rules_ask_for) */
	bool asks_always;
	enum log_level log_level;
	const char *log_target;	  /* "stderr", "syslog", or a file name in which %p is the pid */
	uint64_t buffer_memory;	  /* bytes of buffers in memory; what is beyond goes to spool */
	uint64_t buffer_limit;	  /* bytes of buffers altogether */
	uint64_t buffer_keep;	  /* bytes of a user's copies that are kept; 0: none is */
	const char *buffer_spool; /* directory */
	const char *trace;	  /* programs that a profile hands over: globs, each with its NUL */
	size_t trace_size;
	const char *sources;	  /* names of the files that were read, each with its NUL */
	size_t sources_size;
};

/* The built-in rules, and the defaults that privmap.conf(5) tells. */
struct settings settings_default(void);

/* "off" "error" "warn" "info" "debug"; false if word (length bytes of it) is none of them. */
bool log_level_parse(const char *word, size_t length, enum log_level *level);
const char *log_level_name(enum log_level level);

/* Whether that value of PRIVMAP_DISABLE turns all off: 1, yes, true; NULL does not. */
bool settings_disable(const char *value);

/*
 * PRIVMAP_LOG, "LEVEL[:TARGET]", over what the file said: level and, if there is one, target
 * (pointing into value). Nothing is changed and false returned if LEVEL is unknown or TARGET empty;
 * then "PRIVMAP_LOG=VALUE: " and the text below are what to say.
 */
#define SETTINGS_LOG "LEVEL[:TARGET] expected; LEVEL is off, error, warn, info or debug"
bool settings_parse_log(struct settings *settings, const char *value);

/*
 * PRIVMAP_PATHS, "GLOB:GLOB": one rule `private` before all others. memory gives what the rules
 * then stand in, never given back; false if it gives NULL.
 */
bool settings_add_paths(struct settings *settings, const char *globs, void *(*memory)(size_t));

/*
 * Whether a profile hands program over: what stands behind the last '/' of its name matches a glob
 * of trace. Allocates nothing, takes no lock, and is right in a signal handler and after vfork.
 */
bool settings_hand_over(const struct settings *settings, const char *program);

/*
 * A size: digits and at most one of K M G T (powers of 1024; lower case as well).
 * False for anything else and for what does not fit 63 bits.
 */
bool size_parse(const char *word, uint64_t *bytes);
