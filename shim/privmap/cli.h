/* SPDX-License-Identifier: MIT */
/*
 * Shared by both commands: messages on stderr, answers on stdout, and strings.
 */
#pragma once

#include <stddef.h>

/* Each command has one. */
extern const struct command {
	const char *name; /* begins each message */
	int failed;	  /* the exit status where it fails itself */
} command;

/* One line on stderr; the second ends with command.failed. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Prints text, and ends well if it could be written. */
void cli_answer(const char *text) __attribute__((noreturn));

/* These never return NULL, and what they return is never given back. */
void *cli_memory(size_t size);
char *cli_made(char *string); /* which is NULL if there was no memory for it */
char *cli_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *cli_absolute(const char *file); /* with the current directory in front, if need be */
