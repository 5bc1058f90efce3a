/* SPDX-License-Identifier: MIT */
/*
 * Shared by the subcommands of privmapctl: their interface, options and exit statuses.
 */
#pragma once

#include "cli.h"

#include <getopt.h>
#include <stdbool.h>

/* Exit statuses. */
enum {
	CTL_FINE = 0,
	CTL_FINDING = 1, /* the answer is a problem */
	CTL_FAILED = 2,	 /* wrong usage, or a failure */
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

/* The program to ask rules about; NULL: one that no rule names. */
extern const char *ctl_program;

/* Ends the array of each subcommand's options. */
#define CTL_OPTIONS                                                                                \
	{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },                    \
	{                                                                                          \
		NULL, 0, NULL, 0                                                                   \
	}

/* Returns the next option of the subcommand, -1 after the last one. Handles --json, --help and
 * wrong options itself; -h is the only short option. options is NULL if the subcommand has none. */
int ctl_option(int argc, char **argv, const struct subcommand *of, const struct option *options);

/* Returns the one operand; NULL if it is optional and missing. */
const char *ctl_operand(int argc, char **argv, const char *name, bool optional);

/* Wrong usage: prints one line on stderr and a hint to --help, and ends. */
#define ctl_usage(of, ...) (cli_complain(__VA_ARGS__), ctl_hint(of))
_Noreturn void ctl_hint(const char *of);

/*
 * Returns text for people: on a terminal green if it is good news, else red. Obeys NO_COLOR and
 * TERM=dumb. Nobody frees it.
 */
const char *ctl_marked(const char *text, bool good);

/* Returns name as text_add_name() writes it. Nobody frees it. */
char *ctl_shown(const char *name);

/* Returns "ENODEV", or "errno 123". */
const char *ctl_errno_name(int error);

/* Returns the path of privmap, in the directory of this command; NULL without /proc. */
const char *ctl_privmap(void);
