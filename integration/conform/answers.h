/* SPDX-License-Identifier: MIT */
/*
 * Keeps the answers of a case until its process has ended (answers.c).
 */
#ifndef CONFORM_ANSWERS_H
#define CONFORM_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

/* Forgets the answers of the case before. */
void answers_begin(void);
/* Reads the next answer from PLACE (0 at first); false after the last. */
bool answers_next(size_t *place, char *line, size_t size);

#endif
