/* SPDX-License-Identifier: MIT */
/*
 * Recognizes the files of SQLite (its -shm index included), LMDB, bbolt and TDB. These libraries
 * must see what other processes write while a file is mapped. A private mapping does not promise
 * that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of the file's start are needed to tell. */
enum { DATABASE_HEADER = 32 };

/* start: the first size bytes of the file; a file that is too short is no database. */
bool database_header(const unsigned char *start, size_t size);

/*
 * True if the name says that the file is something else, so that it need not be read: git's own
 * files, and what compilers and JDKs write. path: absolute.
 */
bool database_excluded_by_name(const char *path);
