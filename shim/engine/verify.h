/* SPDX-License-Identifier: MIT */
/*
 * Ranges against the kernel's own view: what the table knows may be gone, or have been replaced by
 * a raw system call, behind the library's back.
 */
#pragma once

#include "maps.h"
#include "ranges.h"

/*
 * The first part of range, from the address at on, where the kernel still has what we mapped,
 * cut to it. MAPS_NONE: there is none. MAPS_UNKNOWN: the kernel cannot be asked, or was not (inode
 * 0); then all of it is taken for ours, whatever may be done to it. Leaves errno alone.
 */
enum maps_answer verify_part(const struct range *range, uintptr_t at, struct vma *part);

/*
 * The lowest address where the kernel still has what we mapped, of what of range, which is whole,
 * lies in [start, end); 0 if nowhere. If the kernel cannot be asked, all of it is taken for ours.
 * Leaves errno alone.
 */
uintptr_t verify_within(const struct range *range, uintptr_t start, uintptr_t end);

/*
 * After a call that failed, and may have done a part of its work by then: forgets what lies in
 * [start, end), was added before generation, and is not there any more. Where the kernel cannot be
 * asked all stays. Leaves errno alone.
 */
void verify_known(uintptr_t start, uintptr_t end, uint64_t generation);

/* Forgets what the table knows too much of copies, so that they count no more. */
void verify_copies(void);

/*
 * What the kernel shows for a file just mapped at start, which is not always what stat(2) says:
 * overlayfs and btrfs have devices of their own for it. inode 0: it cannot be asked.
 */
struct identity shown_identity(uintptr_t start, struct identity file);

/* The same, but asked once for each file while it does not change. */
struct identity shown_file(uintptr_t start, const struct snapshot *file);
