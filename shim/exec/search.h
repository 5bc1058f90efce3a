/* SPDX-License-Identifier: MIT */
/*
 * Finds the file that execvp(3) would run.
 */
#pragma once

#include <stddef.h>

/* Bytes that search() needs for file. */
size_t search_room(const char *file);

/* The path of file, in room or file itself; NULL: it does not exist, or is of no interest. */
const char *search(const char *file, char *room);
