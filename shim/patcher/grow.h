/* SPDX-License-Identifier: MIT */
/*
 * Arrays that grow.
 */
#pragma once

#include <stdlib.h>

/*
 * Makes room for one more element in the array all, which has count elements of size bytes, and
 * room for *room. Returns the array, which may have moved. NULL if there is no memory; all is then
 * unchanged.
 */
static inline void *grow(void *all, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;

	if (count < *room)
		return all;
	all = realloc(all, more * size);
	if (all)
		*room = more;
	return all;
}
