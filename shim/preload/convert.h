/* SPDX-License-Identifier: MIT */
/*
 * Whether the kernel refuses a mapping, learned without making it. The conversion itself is
 * engine_convert() of engine.h.
 */
#pragma once

#include "mapping.h"

/*
 * Whether the kernel refuses this call, learned at an address of its own choosing: a MAP_FIXED
 * call that is refused has already unmapped what was there (mmap(2)). 0 or the errno; 0 for what is
 * no regular file.
 */
int convert_probe(const struct mapping *call);
