/* SPDX-License-Identifier: MIT */
/*
 * What the subcommands of privmapctl share: how they are called, options, messages, failure.
 */
#ifndef PRIVMAP_CTL_H
#define PRIVMAP_CTL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

/* Exit statuses. */
enum {
	CTL_FINE = 0,
	CTL_FINDING = 1, /* the answer is one that somebody should see to */
	CTL_FAILED = 2,	 /* wrong usage, or it could not be done */
};

struct subcommand {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv); /* argv[0] is for messages; returns the exit status */
};

extern const struct subcommand ctl_check, ctl_compile, ctl_doctor, ctl_env, ctl_patch, ctl_why;

/* --json was given. */
extern bool ctl_json;

/* These stand in each subcommand's own options. */
#define CTL_OPTIONS                                                                                \
	{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },                    \
	{                                                                                          \
		NULL, 0, NULL, 0                                                                   \
	}

/* The next option of the subcommand's own, -1 when there are no more. --json, --help and wrong
 * ones are dealt with; no option has a letter. */
int ctl_option(int argc, char **argv, const struct subcommand *of, const struct option *options);

/* The one operand, or, where there may be none, NULL. */
const char *ctl_operand(int argc, char **argv, const char *name, bool optional);

/* One line on stderr. The latter two end with CTL_FAILED, with a hint to --help or without. */
void ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void ctl_usage(const char *of, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* These never return NULL, and what they return is never given back. */
void *ctl_memory(size_t size);
char *ctl_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *ctl_shown(const char *name);    /* as text_add_name() */
char *ctl_absolute(const char *file); /* with the current directory in front, if need be */

/* "ENODEV", or "errno 123". */
const char *ctl_errno_name(int error);

#endif
