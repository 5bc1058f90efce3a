/* SPDX-License-Identifier: MIT */
/*
 * Where the answers of a case are kept until its process has ended (answers.c).
 */
#ifndef CONFORM_ANSWERS_H
#define CONFORM_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

/* Forgets those of the case before. */
void answers_begin(void);
/* The next one from PLACE (0 at first); false: no more. */
bool answers_next(size_t *place, char *line, size_t size);

#endif
