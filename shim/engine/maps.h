/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own view of an address: the maps of the process served, asked for one mapping.
 */
#ifndef PRIVMAP_MAPS_H
#define PRIVMAP_MAPS_H

#include "procfs.h"

enum maps_answer {
	MAPS_FOUND,
	MAPS_NONE,    /* nothing is mapped there or behind */
	MAPS_UNKNOWN, /* no /proc, no free fd, or it may not be read */
};

/* The mapping that covers address, or the next one behind it. One fd is open meanwhile. Leaves
 * errno alone. */
enum maps_answer maps_find(uintptr_t address, struct vma *found);

/* True once the kernel has answered by the lines of maps only: slow with many mappings. */
bool maps_are_lines(void);

#endif
