/* SPDX-License-Identifier: MIT */
/*
 * What was done in a process, told once when it calls exit(3): PRIVMAP_REPORT.
 */
#ifndef PRIVMAP_REPORT_H
#define PRIVMAP_REPORT_H

#include "message.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_FILES = 15 };

/* A file that was left, told once however often it was mapped. */
struct not_served_file {
	_Atomic int state; /* 0: free, 1: being written, 2: complete */
	enum not_served why;
	char path[REMEDY_NAME];
};

/*
 * Of one process; starts as zeros. Counters are single atomic operations; a file's slot is taken by
 * one.
 */
struct record {
	_Atomic uint64_t converted, converted_bytes;
	_Atomic uint64_t buffered, buffered_bytes;
	_Atomic uint64_t denied;
	_Atomic uint64_t not_served;
	struct not_served_file files[RECORD_FILES];
};

/* where: "1" for stderr or a file name, which must stay; NULL: no report. From the start. */
void report_open(const char *where);
bool report_wanted(void);

/* Tells it, if there is anything to tell and somewhere to tell it. */
void report_write(struct record *record);

/* Each may be called from any hook; none touches errno. path may be NULL. */
void report_converted(size_t bytes);
void report_buffered(size_t bytes);
void report_denied(void);
void report_not_served(const char *path, enum not_served why);

#endif
