/* SPDX-License-Identifier: MIT */
/*
 * Which functions an ELF file takes from its libraries.
 */
#ifndef PRIVMAP_IMPORTS_H
#define PRIVMAP_IMPORTS_H

#include <stdbool.h>

/*
 * Whether the dynamic symbol table of fd, an ELF file of this machine's byte order, has name as
 * one that others define. 1, 0, or -1 if there is no such table to be read.
 */
int imports(int fd, const char *name);

#endif
