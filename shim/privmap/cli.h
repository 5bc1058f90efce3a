/* SPDX-License-Identifier: MIT */
/*
 * Shared by both commands: messages on stderr, answers on stdout, and strings.
 */
#pragma once

#include <stddef.h>

/* Each command defines one; constant. */
extern const struct command {
	const char *name; /* begins each message */
	int failed;	  /* its exit status if it fails itself */
} command;

/* Print one line on stderr; cli_fail() then ends with command.failed. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Prints text, and ends: with 0 if that worked. */
void cli_answer(const char *text) __attribute__((noreturn));

/* These never return NULL. Nobody frees what they return. */
void *cli_memory(size_t size);
char *cli_made(char *string); /* string is NULL if there was no memory */
char *cli_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *cli_absolute(const char *file); /* puts the current directory before a relative name */
