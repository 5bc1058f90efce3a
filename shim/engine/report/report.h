/* SPDX-License-Identifier: MIT */
/*
 * Reports what privmap did for a process (PRIVMAP_REPORT). The counts are in a record (record.h).
 * The process writes the report at exit(3), or shares the record with privmap --report, which
 * writes it.
 */
#pragma once

#include "message.h"
#include "record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The counts of one process: report_size() bytes, initially zeros. */
struct report;
size_t report_size(void);

/*
 * where: "1" for stderr, a file name, or a name from report_share(); NULL: no report. The string
 * must stay. Call it at the start of each program.
 */
void report_open(const char *where);
bool report_wanted(void);

/* Whether the process itself writes the report at its end; and writes it, if it has counts. */
bool report_ends(void);
void report_write(struct report *report);

/*
 * Makes a record to share. name becomes the PRIVMAP_REPORT for the programs that count in it, valid
 * while the returned descriptor is open; -1 on failure, for example without /proc.
 */
enum { REPORT_NAME = 64 };
int report_share(struct record **record, char name[REPORT_NAME]);

/*
 * Maps the record that report_share() named; it stays mapped. NULL if the name is none of a record,
 * or the record cannot be opened.
 */
struct record *report_shared(const char *name);

/* The counts of one process, or the sums of several. */
struct report_counts {
	/* Files that were read instead count in COUNT_READ only, not in COUNT_NOT_SERVED. */
	uint64_t of[COUNTS];
};
struct report_counts report_counts_of(const struct record *record, uint32_t process);

/* Adds "3 converted (4096 bytes), 1 left". */
void report_add_counts(struct text *text, const struct report_counts *counts);

/* The beginning of each line of JSON. The number grows when the meaning of a key changes. */
#define REPORT_JSON "{\"schema\":1,\"kind\":"

/* Adds one line of JSON for a process with that program name. */
void report_as_json(struct text *text, struct text *scratch, const char *program,
		    const struct record *record, uint32_t process);

/* Any hook may call these; none changes errno. path may be NULL; fd is the file, open here. */
void report_converted(size_t bytes);
void report_buffered(size_t bytes);
void report_denied(void);

/* Whether the next file that is not served would be named, and not only counted. */
bool report_names(void);
void report_not_served(const char *path, int fd, struct identity file, enum not_served why);
