/* SPDX-License-Identifier: MIT */
/*
 * What the kernel shows of a mapping that an engine made, and whether it still does.
 */
#ifndef PRIVMAP_SHOWN_H
#define PRIVMAP_SHOWN_H

#include "maps.h"
#include "snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The lowest part of [start, end) where the kernel still shows file, as *part, cut to it; for a
 * converted range, which is private, a shared mapping of the file is another one. MAPS_NONE: there
 * is none. MAPS_UNKNOWN: the kernel cannot be asked, or was not (inode 0); then all of it is taken
 * for ours, whatever may be done to it. Leaves errno alone.
 */
enum maps_answer shown_part(uintptr_t start, uintptr_t end, struct identity file, bool copy,
			    struct vma *part);

struct extent {
	uintptr_t start, end;
};

/*
 * Where the part of asked begins, 0 if there is none. whole: the range that asked is of, which the
 * kernel still shows under these bounds if nothing has cut it; then no lines are read.
 */
uintptr_t shown_at(const struct extent *asked, const struct extent *whole, struct identity file,
		   bool copy);

/*
 * What the kernel shows for a file just mapped at start, which is not always what stat(2) says:
 * overlayfs and btrfs have devices of their own for it. inode 0: it cannot be asked.
 */
struct identity shown_identity(uintptr_t start, struct identity file);

/* The same, but asked once for each file while it does not change. */
struct identity shown_file(uintptr_t start, const struct snapshot *file);

#endif
