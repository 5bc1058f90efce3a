/* SPDX-License-Identifier: MIT */
/*
 * Programs that neither the library nor the tracer reaches, as a shared record counts them. For who
 * is about to run one: it needs no record of its own, and works in a vfork child.
 */
#pragma once

#include "record.h"

/* report: the value of PRIVMAP_REPORT for that program; NULL, or not a record's: nothing is done.
 */
void unreached_count(const char *report, enum record_unreached why);

/*
 * The constructor of a library maps the beginning of the record of its process's report, and keeps
 * that. A program that is to count there, and cannot because its process has got into another user
 * namespace or has no such /proc any more, is counted as UNREACHED_SILENT.
 */
void unreached_keep(const char *report);
void unreached_look(const char *report);
