/* SPDX-License-Identifier: MIT */
/*
 * Counts, in a shared record, programs that neither the library nor the tracer reaches. The process
 * that is about to run one calls these; it needs no record itself, and may be a child of vfork.
 */
#pragma once

#include "record.h"

/* report: the value of PRIVMAP_REPORT for that program. Does nothing unless it names a record. */
void unreached_count(const char *report, enum record_unreached why);

/*
 * The constructor of a library maps the beginning of its process's record, for good. A program that
 * should count there but cannot, because its process has become another user, has entered another
 * user namespace or no longer has that /proc, counts as UNREACHED_SILENT.
 */
void unreached_keep(const char *report);
void unreached_look(const char *report);
