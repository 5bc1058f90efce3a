/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel for one mapping in the memory of the served process.
 */
#pragma once

#include "procfs.h"
#include "snapshot.h"

enum maps_answer {
	MAPS_FOUND,
	MAPS_NONE,    /* nothing is mapped there or above */
	MAPS_UNKNOWN, /* no /proc, no free fd, or no right to read it */
};

/*
 * The mapping that covers address, or the next one above it. One fd is open meanwhile. Leaves errno
 * alone.
 */
enum maps_answer maps_find(uintptr_t address, struct vma *found);

/*
 * The mapping of a file at address, and the file's path as /proc/PID/fd shows it, by one question.
 * False if the kernel does not know that one (before Linux 6.11), the path does not fit, or the
 * main thread has ended. One fd is open meanwhile. Leaves errno alone.
 */
bool maps_tell(uintptr_t address, struct vma *found, char *path, size_t room);

/*
 * True if [start, end) is exactly one mapping of file, read-only or private. Does not read the
 * lines of maps, which takes milliseconds with thousands of mappings. False means nothing: the
 * mapping may be part of a larger one now, the file may have no name, stat(2) may show another
 * identity, or the kernel (before Linux 4.3) may not answer. Leaves errno alone.
 */
bool maps_show(uintptr_t start, uintptr_t end, struct identity file);

/* True once the kernel has turned out to know only the lines of maps: slow with many mappings. */
bool maps_are_lines(void);

/*
 * The identity that the kernel shows for a file just mapped at start. It can differ from stat(2)'s:
 * overlayfs and btrfs use other devices. inode 0: the kernel cannot be asked.
 */
struct identity maps_identity(uintptr_t start, struct identity file);

/*
 * The same, but asks once for each file while it does not change; or once for each device, if
 * alike: the kernel shows all of its files as stat(2) tells them, or none.
 */
struct identity maps_identity_of(uintptr_t start, const struct snapshot *file, bool alike);
