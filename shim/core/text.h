/* SPDX-License-Identifier: MIT */
/*
 * Builds text in a buffer that the caller provides, without allocation, locale or stdio. It makes
 * messages inside a program's malloc and signal handlers.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* bytes[0..length) is the text, without a NUL. Text that does not fit size is cut off. */
struct text {
	char *bytes;
	size_t size;
	size_t length;
};

#define TEXT_IN(array) { (array), sizeof(array), 0 }

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t count);
void text_add_number(struct text *text, uint64_t number);

/* A file name for people: control bytes as \n, \t or \xHH, so that a message stays one line. */
void text_add_name(struct text *text, const char *name);

/*
 * A JSON string with its quotes. Bytes that are not UTF-8 become U+DC80..U+DCFF (as with Python's
 * surrogateescape), so that a reader can restore the exact name.
 */
void text_add_json(struct text *text, const char *string);

/* A glob that matches only name: '*', '?', '[' and '\' get a '\'. */
void text_add_glob(struct text *text, const char *name);

/* target with each %p replaced by pid and %% by %. */
void text_add_target(struct text *text, const char *target, uint64_t pid);

/* Puts a NUL after the text, cuts the text if its buffer is full, and returns it. */
char *text_string(struct text *text);

/* The part of path after the last '/'. */
const char *last_component(const char *path);
