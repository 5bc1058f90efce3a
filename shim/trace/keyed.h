/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc whose lines are "KEY: NUMBER": status, fdinfo.
 */
#ifndef PRIVMAP_KEYED_H
#define PRIVMAP_KEYED_H

#include <stdbool.h>

struct keyed {
	char text[4096];
};

/* Reads the file, as much of it as there is room for. False if it cannot be opened. */
bool keyed_read(struct keyed *keyed, const char *file);

/* The number behind key ("\nTgid:": not the first line's) in that base; otherwise if it lacks. */
long keyed_number(const struct keyed *keyed, const char *key, int base, long otherwise);

#endif
