/* SPDX-License-Identifier: MIT */
/*
 * What privmapctl prints, said once for both readers: with --json, JSON on stdout, one line, piece
 * by piece; else lines for people. From JSON, names that are not UTF-8 can be had back exactly
 * (text_add_json()).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* JSON: these do nothing without --json. key is NULL in an array and for the whole. */
void json_object(const char *key);
void json_array(const char *key);
void json_end(void); /* of the innermost object or array; of the whole: a newline as well */

/*
 * The object of an answer, which says what it is by two keys: "schema", a number that grows when
 * the meaning of a key changes, and "kind".
 */
void json_begin(const char *kind);

/*
 * "errors": an array, empty where error is NULL; else of one object: the "file" and "line" that
 * error begins with ("FILE:LINE: what"), null where it names none, and the "message" after them.
 */
void json_errors(const char *error);

void json_string(const char *key, const char *value); /* NULL: null */
void json_number(const char *key, uint64_t value);
void json_bool(const char *key, bool value);

/* printf(3), for people: this does nothing with --json. */
void json_or_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The same for one line, which goes on, indented, in the next where it is longer than 80 columns; a
 * word is never cut.
 */
void json_or_wrap(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A string of JSON; for people "  label: value". Where value is NULL, people get none in its place,
 * or no line if that is NULL, too.
 */
void json_or_line(const char *key, const char *label, const char *value, const char *none);
