/* SPDX-License-Identifier: MIT */
/*
 * Tells at the end what was done for the command and all that it started: privmap --report.
 */
#pragma once

#include "record.h"

/* On stderr. unreached: why nobody may have counted in it, as the end of a sentence. */
void sum_tell(const struct record *record, const char *unreached);

/* A line of JSON for each process, appended to file (sink_file()). */
void sum_append(const struct record *record, const char *file);
