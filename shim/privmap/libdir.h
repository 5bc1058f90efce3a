/* SPDX-License-Identifier: MIT */
/*
 * Where libprivmap.so lies, seen from the command.
 */
#ifndef PRIVMAP_LIBDIR_H
#define PRIVMAP_LIBDIR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The directory of libprivmap.so: the command's own (a build tree), ../lib beside it (an
 * installed PREFIX, also when it was moved), or the one it was built for. False if it is in none.
 */
bool library_directory(char *directory, size_t size);

#endif
