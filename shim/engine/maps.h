/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own view of an address: the maps of the process served, asked for one mapping.
 */
#pragma once

#include "procfs.h"
#include "snapshot.h"

enum maps_answer {
	MAPS_FOUND,
	MAPS_NONE,    /* nothing is mapped there or behind */
	MAPS_UNKNOWN, /* no /proc, no free fd, or it may not be read */
};

/* The mapping that covers address, or the next one behind it. One fd is open meanwhile. Leaves
 * errno alone. */
enum maps_answer maps_find(uintptr_t address, struct vma *found);

/*
 * True if [start, end) is one mapping of file that is read-only, or private: without reading the
 * lines of maps, which takes milliseconds among thousands of mappings. False says nothing: the
 * mapping may be a part of another one now, the file have no name or another identity than stat(2)
 * tells, or the kernel (before Linux 4.3) not answer. Leaves errno alone.
 */
bool maps_show(uintptr_t start, uintptr_t end, struct identity file);

/* True once the kernel has answered by the lines of maps only: slow with many mappings. */
bool maps_are_lines(void);
