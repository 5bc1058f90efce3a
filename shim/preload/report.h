/*
 * What was done in this process, told once when it calls exit(3): PRIVMAP_REPORT.
 */
#ifndef PRIVMAP_REPORT_H
#define PRIVMAP_REPORT_H

#include "tell.h"

#include <stddef.h>

/* where: "1" for stderr or a file name, which must stay; NULL: no report. From the constructor. */
void report_open(const char *where);

/* Each may be called from any hook; none touches errno. path may be NULL. */
void report_converted(size_t bytes);
void report_buffered(size_t bytes);
void report_denied(void);
void report_left(const char *path, enum left why);

#endif
