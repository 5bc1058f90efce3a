/*
 * Whether the preload library can reach a program, and if not, why.
 */
#ifndef PRIVMAP_REACH_H
#define PRIVMAP_REACH_H

#include "find.h"

#include <stddef.h>

/*
 * True if LD_PRELOAD brings libprivmap.so into program; why (size bytes) then says by what, and
 * otherwise what is in the way, as the end of a sentence: "it is a static program".
 */
bool reach_by_preload(const struct program *program, char *why, size_t size);

#endif
