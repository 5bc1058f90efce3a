/* SPDX-License-Identifier: MIT */
/*
 * How the dynamic loader maps its cache, which it does once in nearly every program: privately and
 * without MAP_DENYWRITE, as a program might map a file of its own. It is told apart by its length
 * and by the loader's own mmap(2), whose place in a page is the same in all programs.
 */
#pragma once

#include <stdint.h>

enum { LDCACHE_PAGE = 4096 }; /* what it is loaded at is a multiple of that */

struct ldcache {
	uint32_t length; /* of its cache; 0: it is not known */
	uint32_t behind; /* its system call, counted from the start of a page */
};

/* Of the loader that has loaded this very program: nearly all programs have the same. */
struct ldcache ldcache_look(void);
