/*
 * The way of one candidate: as asked -> refused? -> rules -> convert.
 */
#ifndef PRIVMAP_CANDIDATE_H
#define PRIVMAP_CANDIDATE_H

#include "mapping.h"

/*
 * Maps a candidate (mapping.h) as mmap(2) does. If the filesystem refuses it, what the rules say
 * is done; if that cannot be, the program gets the first errno. errno is untouched on success.
 */
void *candidate_map(const struct mapping *call);

#endif
