/* SPDX-License-Identifier: MIT */
/*
 * Reports what was done for a process (PRIVMAP_REPORT). The counts are in a record (record.h). The
 * process tells it when it calls exit(3), or shares it with a privmap that tells it (--report).
 */
#pragma once

#include "message.h"
#include "record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is counted of one process; starts as zeros, of report_size() bytes. */
struct report;
size_t report_size(void);

/*
 * where: "1" for stderr, a file name, which must stay, or what report_share() gave; NULL: no
 * report. From the start of each program.
 */
void report_open(const char *where);
bool report_wanted(void);

/* Whether a process tells it itself at its end; and that, if there is anything to tell. */
bool report_ends(void);
void report_write(struct report *report);

/*
 * A record to share, and what PRIVMAP_REPORT is to be for those who are to count in it, while the
 * descriptor stays open here; -1 if there is none, for want of /proc for instance.
 */
enum { REPORT_NAME = 64 };
int report_share(struct record **record, char name[REPORT_NAME]);

/* What is counted of one process, or of several together. */
struct report_counts {
	/* What was read instead is in COUNT_READ only, and no longer in COUNT_NOT_SERVED. */
	uint64_t of[COUNTS];
};
struct report_counts report_counts_of(const struct record *record, uint32_t process);

/* "3 converted (4096 bytes), 1 left" */
void report_add_counts(struct text *text, const struct report_counts *counts);

/* What each line of JSON begins with; the number grows when the meaning of a key changes. */
#define REPORT_JSON "{\"schema\":1,\"kind\":"

/* One line of JSON, of a process whose program is named so. */
void report_as_json(struct text *text, struct text *scratch, const char *program,
		    const struct record *record, uint32_t process);

/*
 * Each may be called from any hook; none touches errno. path may be NULL; fd is the file, open
 * here.
 */
void report_converted(size_t bytes);
void report_buffered(size_t bytes);
void report_denied(void);

/* Whether a file of this process that is not served would be named; if not, it is counted. */
bool report_names(void);
void report_not_served(const char *path, int fd, struct identity file, enum not_served why);
