/* SPDX-License-Identifier: MIT */
/*
 * Finds what execvp(3) would run.
 */
#pragma once

#include <stddef.h>

/* Bytes that search() needs for file. */
size_t search_room(const char *file);

/* The path that file is found at, in room or file itself; NULL: it is not, or is of no interest. */
const char *search(const char *file, char *room);
