/* SPDX-License-Identifier: MIT */
/*
 * Declarations for the files of the rule loader: one load in progress, and how it ends early.
 */
#pragma once

#include "settings.h"
#include "text.h"

#include <libconfig.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default"))) /* also in loader.map */

enum {
	SOURCE_SIZE = 1 << 20, /* bytes of a rule file with all that it includes */
	SOURCE_FILES = 32,
	SOURCE_DEPTH = 10, /* of includes, as in libconfig */
};

/* The lines of the joined text from flat on are the lines of a file from number on. */
struct source_part {
	unsigned flat;
	unsigned file;
	unsigned number;
};

struct source_file {
	const char *name;
	unsigned parent, include_line; /* where it is included; the first file: 0, 0 */
};

/* The rule file with its includes inserted, and where each line comes from. */
struct source {
	char *text;
	size_t length, room;
	size_t size;   /* bytes read from files */
	unsigned line; /* the last line that was read, from 1 */
	struct source_file files[SOURCE_FILES];
	unsigned file_count;
	struct source_part parts[2 * SOURCE_FILES];
	unsigned part_count;
	unsigned *strings; /* the line of each string value, in their order */
	size_t string_count, string_room;
	bool after_string;
};

struct load {
	const char *file;
	struct text *error;
	jmp_buf stop;
	struct source source;
	config_t config;
	bool parsing; /* libconfig is working: its config cannot be destroyed */
	struct settings settings; /* the settings read until now */
	bool always;		  /* the file's "when" */
	bool builtin;		  /* append the rules that settings had to the file's */
	struct text rules;
};

/*
 * loader-place.c: the file and line of a line of the joined text; and its line in the first file,
 * which may be the line of the @include that led to it.
 */
const char *source_place(const struct source *source, unsigned flat, unsigned *line);
unsigned source_first_file_line(const struct source *source, unsigned flat);

/*
 * Begins a message with the place of a problem (a line of the joined text; 0: the file as a whole).
 * The caller adds the rest to the returned text, and calls load_stop(), which ends the load.
 */
struct text *load_problem(struct load *load, unsigned flat);
_Noreturn void load_stop(struct load *load);

/* loader-source.c: reads the file and its includes into load->source. */
void source_read(struct load *load);

/*
 * The length of the comment, string, word or single byte at p; and of the comment at p, 0 if there
 * is none. An unclosed one ends the load.
 */
size_t source_piece(struct load *load, const char *p);
size_t source_comment(struct load *load, const char *p);

/* loader-syntax.c: parses the text into load->config. */
void source_parse(struct load *load);

/* loader-keys.c: reads the parsed file into load->settings and load->rules. */
void keys_read(struct load *load);

/* loader-memory.c: memory until memory_close(). In place of NULL, jumps to *stop (value 1). */
void memory_open(jmp_buf *stop);
void *memory_take(size_t size);
void *memory_grow(void *block, size_t size);
void memory_close(void);
