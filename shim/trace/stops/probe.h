/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel about a mapping by trying it in this process.
 */
#pragma once

#include "mapping.h"

/*
 * Tries one page of call with these flags and the file fd, at any address. Returns 0 or the errno.
 */
int probe(const struct mapping *call, int flags, int fd);
