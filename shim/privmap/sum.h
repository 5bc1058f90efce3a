/* SPDX-License-Identifier: MIT */
/*
 * privmap --report: tells at the end what privmap did for the command and all that it started.
 */
#pragma once

#include "destination.h"
#include "record.h"

/*
 * Tells it on stderr. unreached: why maybe no process counted in the record, as the end of a
 * sentence.
 */
void sum_tell(const struct record *record, const char *unreached);

/* Writes a line of JSON for each process to destination. */
void sum_append(const struct record *record, const struct destination *destination);
