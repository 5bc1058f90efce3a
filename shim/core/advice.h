/* SPDX-License-Identifier: MIT */
/*
 * What to write into a rule so that it serves a file, and those that its program will make beside
 * it. Told from the name alone.
 */
#pragma once

#include "text.h"

/*
 * Adds a glob (glob.h) that matches path, which is absolute, and its like. What looks made up by a
 * program (hashes, counters, what mkstemp(3) puts behind a name) becomes "*". A file with an
 * ordinary name stands for those of its directory that end like it, any other for all of its
 * directory: a store whose tables are refused has more of them, of other kinds, tomorrow. No
 * control byte is in the glob, so that it can be pasted.
 */
void advice_glob(struct text *text, const char *path);
