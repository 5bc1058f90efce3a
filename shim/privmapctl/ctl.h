/* SPDX-License-Identifier: MIT */
/*
 * Shared by the subcommands of privmapctl: how they are called, options, exit statuses.
 */
#pragma once

#include "cli.h"

#include <getopt.h>
#include <stdbool.h>

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

extern const struct subcommand ctl_check, ctl_clean, ctl_compile, ctl_doctor, ctl_env, ctl_help,
	ctl_patch, ctl_why;

/* --json was given. */
extern bool ctl_json;

/* The program that rules are asked about; NULL: none that a rule names. */
extern const char *ctl_program;

/* These stand in each subcommand's own options. */
#define CTL_OPTIONS                                                                                \
	{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },                    \
	{                                                                                          \
		NULL, 0, NULL, 0                                                                   \
	}

/* The next option of the subcommand's own, -1 when there are no more. --json, --help and wrong
 * ones are dealt with; only -h is a letter. options NULL: it has none of its own. */
int ctl_option(int argc, char **argv, const struct subcommand *of, const struct option *options);

/* The one operand, or, where there may be none, NULL. */
const char *ctl_operand(int argc, char **argv, const char *name, bool optional);

/* Used wrongly: one line on stderr, and a hint to --help. */
#define ctl_usage(of, ...) (cli_complain(__VA_ARGS__), ctl_hint(of))
_Noreturn void ctl_hint(const char *of);

/*
 * text, for people: on a terminal green if it is good news, else red. NO_COLOR and TERM=dumb are
 * obeyed. Never to be given back.
 */
const char *ctl_marked(const char *text, bool good);

/* As text_add_name(); never to be given back. */
char *ctl_shown(const char *name);

/* "ENODEV", or "errno 123". */
const char *ctl_errno_name(int error);

/* The path of privmap, which lies beside this command; NULL where there is no /proc. */
const char *ctl_privmap(void);
