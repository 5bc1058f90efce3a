/* SPDX-License-Identifier: MIT */
/*
 * Prints the answers of privmapctl, by one code for both formats: with --json one line of JSON on
 * stdout, piece by piece; else lines for people. Names that are not UTF-8 can be restored exactly
 * from JSON (text_add_json()).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Only JSON: these do nothing without --json. key is NULL in an array and for the outermost value.
 */
void json_object(const char *key);
void json_array(const char *key);
void json_end(void); /* ends the innermost object or array; the outermost with a newline */

/*
 * Begins the object of an answer, with two keys: "schema", a number that grows when the meaning of
 * a key changes, and "kind".
 */
void json_begin(const char *kind);

/*
 * Writes "errors", an array: empty if error is NULL, else with one object. That has the "file" and
 * "line" at the start of error ("FILE:LINE: what"; null if missing), and the "message" after them.
 */
void json_errors(const char *error);

void json_string(const char *key, const char *value); /* NULL: null */
void json_number(const char *key, uint64_t value);
void json_bool(const char *key, bool value);

/* printf(3) for people: does nothing with --json. */
void json_or_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The same for one line. If it is longer than 80 columns, it goes on, indented, in the next line;
 * words stay whole.
 */
void json_or_wrap(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Writes a string of JSON; for people " label: value". If value is NULL, people get none in its
 * place, or no line if that is NULL, too.
 */
void json_or_line(const char *key, const char *label, const char *value, const char *none);
