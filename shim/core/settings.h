/* SPDX-License-Identifier: MIT */
/*
 * What a rule file and the environment may set besides the rules, and the words for it. Plain data:
 * the start of an engine and the loader (rulefile/) fill it, and afterwards everyone only reads it.
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

/* Owns no string: they live as long as the process, or as the caller says. */
struct settings {
	struct rules rules;
	bool asks_program;	  /* a rule has a program, or when = "always" (rules_ask_for) */
	bool asks_always;
	enum log_level log_level;
	const char *log_target;	  /* "stderr", "syslog", or a file name in which %p is the pid */
	uint64_t buffer_memory;	  /* bytes of copies in memory; any beyond go to the spool */
	uint64_t buffer_limit;	  /* bytes of copies altogether */
	uint64_t buffer_keep;	  /* bytes of the kept copies of a user; 0: none are kept */
	const char *buffer_spool; /* directory */
	const char *trace;	  /* globs of programs to be handed over, each with its NUL */
	size_t trace_size;
	const char *sources;	  /* names of the files that were read, each with its NUL */
	size_t sources_size;
};

/* The built-in rules, and the defaults that privmap.conf(5) lists. */
struct settings settings_default(void);

/* "off" "error" "warn" "info" "debug"; false for any other word. length is word's. */
bool log_level_parse(const char *word, size_t length, enum log_level *level);
const char *log_level_name(enum log_level level);

/* Whether this value of PRIVMAP_DISABLE turns privmap off: 1, yes, true; NULL does not. */
bool settings_disable(const char *value);

/*
 * PRIVMAP_LOG, "LEVEL[:TARGET]", overrides the file: sets the level and, if there is a TARGET, the
 * target (pointing into value). Returns false and changes nothing if LEVEL is unknown or TARGET is
 * empty; "PRIVMAP_LOG=VALUE: " and the text below are then the message.
 */
#define SETTINGS_LOG "LEVEL[:TARGET] expected; LEVEL is off, error, warn, info or debug"
bool settings_parse_log(struct settings *settings, const char *value);

/*
 * Adds PRIVMAP_PATHS, "GLOB:GLOB", as one rule `private` before all others. memory() provides the
 * room for all rules, which is never freed; returns false if it provides none.
 */
bool settings_add_paths(struct settings *settings, const char *globs, void *(*memory)(size_t));

/*
 * Whether a profile hands program over: its last component matches a glob of trace. Allocates
 * nothing, takes no lock, and works in a signal handler and after vfork.
 */
bool settings_hand_over(const struct settings *settings, const char *program);

/*
 * A size: digits and at most one of K M G T (powers of 1024; lower case as well). False for
 * anything else, and for sizes that do not fit 63 bits.
 */
bool size_parse(const char *word, uint64_t *bytes);
