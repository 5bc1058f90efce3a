/* SPDX-License-Identifier: MIT */
/*
 * How the dynamic loader maps its cache. It does so once in nearly every program: privately and
 * without MAP_DENYWRITE, as a program might map any file. The filter recognizes this call by its
 * length and by the place of the loader's mmap(2) in its page, which is the same in all programs.
 */
#pragma once

#include <stdint.h>

enum { LDCACHE_PAGE = 4096 }; /* the loader's address is a multiple of this */

struct ldcache {
	uint32_t length; /* of its cache; 0: unknown */
	uint32_t behind; /* the end of its system call, as an offset in its page */
};

/* Looks at the loader of this program: nearly all programs have the same one. */
struct ldcache ldcache_look(void);
