/*
 * Where mappings that serve a traced program are put: into the window (abi.h), or where the program
 * wants them.
 */
#ifndef PRIVMAP_PLACE_H
#define PRIVMAP_PLACE_H

#include "jobs.h"
#include "mapping.h"

/*
 * Has the program map what it asks for in another way: flags, fd (a number of the program's) and
 * offset in place of its own. What has to be guarded is guarded first, and not mapped if it cannot
 * be: must_guard. MAP_FAILED with an errno, ENODEV: no guard; nothing was unmapped then.
 */
void *place_map(struct job *job, const struct mapping *call, bool must_guard);

#endif
