/* SPDX-License-Identifier: MIT */
/*
 * Arrays that grow.
 */
#pragma once

#include <stdlib.h>

/*
 * The array all, of count elements of size bytes in *room, with room for one more: another array,
 * if it was full. NULL if there is no memory; all is then as it was.
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
