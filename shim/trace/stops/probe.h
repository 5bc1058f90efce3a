/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel about a mapping, by one of the tracer's own.
 */
#pragma once

#include "mapping.h"

/* call with these flags and the file fd, a page of it, wherever there is room. 0 or the errno. */
int probe(const struct mapping *call, int flags, int fd);
