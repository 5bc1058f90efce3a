/* SPDX-License-Identifier: MIT */
/*
 * The compiled form of a rule file: a file next to it with the result of libconfig and the loader.
 * Reading it needs neither. privmapctl compile writes it, the library and the commands read it.
 *
 * A header, a stamp for each file that was read, the rule list (rules.h), then strings, each with
 * its NUL: log target, spool, the programs to hand over, and the names of the files except the
 * first, which the reader knows. All in the byte order of the machine that wrote it.
 */
#pragma once

#include "settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPILED_SUFFIX ".compiled"

enum {
	COMPILED_LARGEST = 4 << 20, /* bytes; a rule file may have 1 MiB */
	COMPILED_SOURCES = 32,
	COMPILED_ORDER = 0x02010306, /* the first byte numbers this form, with its rule items */
};

struct compiled_header {
	char magic[16];	  /* "privmap compiled", without a NUL */
	char version[16]; /* of privmap, because defaults and meanings change with it */
	uint32_t order;	  /* COMPILED_ORDER */
	uint32_t log_level;
	uint32_t asks_program, asks_always; /* settings.h */
	uint64_t size; /* of the file */
	uint64_t sum;  /* compiled_sum() of the file with 0 here */
	uint64_t buffer_memory, buffer_limit, buffer_keep;
	uint64_t source_count, rules_size, strings_size;
	uint64_t trace_size; /* of strings_size */
};

/* The state that a source file must still have. */
struct compiled_source {
	uint64_t size, inode;
	int64_t modified, changed; /* seconds */
	uint32_t modified_ns, changed_ns;
};

/*
 * Reads *settings from the compiled form of file. False, and nothing changed, unless that form is
 * complete, is of this version, was made from file and its includes as they are now, and only
 * file's owner or root can have written it. The strings then live as long as the process.
 */
bool compiled_read(const char *file, struct settings *settings);

/* Writes the name of the compiled form to name (size bytes); false if that does not fit. */
bool compiled_name(const char *file, char *name, size_t size);

/* False if file is not a regular file. */
bool compiled_stamp(const char *file, struct compiled_source *source);

uint64_t compiled_sum(const unsigned char *bytes, size_t size);

/*
 * compiled-write.c: makes the bytes for settings from sources (one for each name in
 * settings->sources). The caller frees them. NULL if a reader takes less, or without memory.
 */
void *compiled_make(const struct settings *settings, const struct compiled_source *sources,
		    size_t *size);

/* compiled-write.c: true if no item is malformed, and each rule ends with an action. */
bool compiled_rules_right(const struct rules *rules);
