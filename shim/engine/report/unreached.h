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
