/* SPDX-License-Identifier: MIT */
/*
 * The compiled form of a rule file: what libconfig and the loader made of it, in a file beside it,
 * read without either. Written by privmapctl compile, read by the library and the commands.
 *
 * A header, a stamp for each file that was read, the rule list (rules.h), then strings, each with
 * its NUL: log target, spool, the programs to hand over, and the names of the files but the first,
 * which the reader knows.
 * All in the order of bytes of the machine that wrote it.
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
	COMPILED_ORDER = 0x02010306, /* its first byte: which form, rules' items included */
};

struct compiled_header {
	char magic[16];	  /* "privmap compiled", without a NUL */
	char version[16]; /* of privmap: with it, defaults and meanings change */
	uint32_t order;	  /* COMPILED_ORDER */
	uint32_t log_level;
	uint32_t asks_program, asks_always; /* settings.h */
	uint64_t size; /* of the file */
	uint64_t sum;  /* compiled_sum() of all of it, taken with 0 here */
	uint64_t buffer_memory, buffer_limit, buffer_keep;
	uint64_t source_count, rules_size, strings_size;
	uint64_t trace_size; /* of strings_size */
};

/* What a source file must still be like. */
struct compiled_source {
	uint64_t size, inode;
	int64_t modified, changed; /* seconds */
	uint32_t modified_ns, changed_ns;
};

/*
 * True, and *settings as file says, if its compiled form is there, whole, of this version, and made
 * of what file and all that it includes are now; and if nobody may have written it but file's owner
 * or root. Else nothing is changed. What settings then points to lives as long as the process.
 */
bool compiled_read(const char *file, struct settings *settings);

/* The name of the compiled form, in name (size bytes); false if that does not fit. */
bool compiled_name(const char *file, char *name, size_t size);

/* False if there is no such regular file. */
bool compiled_stamp(const char *file, struct compiled_source *source);

uint64_t compiled_sum(const unsigned char *bytes, size_t size);

/*
 * compiled-write.c: the bytes for settings, made of sources (one for each name in
 * settings->sources). malloc'ed; NULL if that is more than a reader takes, or there is no memory.
 */
void *compiled_make(const struct settings *settings, const struct compiled_source *sources,
		    size_t *size);

/* The same file: true if no item is malformed, and each rule ends with an action. */
bool compiled_rules_right(const struct rules *rules);
