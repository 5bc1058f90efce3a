/* SPDX-License-Identifier: MIT */
/*
 * Compares ranges with what the kernel has mapped. A raw system call, which the library does not
 * see, may have unmapped or replaced a range.
 */
#pragma once

#include "maps.h"
#include "ranges.h"

/*
 * The first part of range, from the address at on, where the kernel still has privmap's mapping,
 * cut to the range. MAPS_NONE: there is none. MAPS_UNKNOWN: the kernel could not be asked, or was
 * not (inode 0); then the part is all of the rest, with all rights. Leaves errno alone.
 */
enum maps_answer verify_part(const struct range *range, uintptr_t at, struct vma *part);

/*
 * The lowest address of range in [start, end) where the kernel still has privmap's mapping; 0 if
 * there is none. range is whole, not cut. If the kernel cannot be asked, all of it counts as
 * privmap's. Leaves errno alone.
 */
uintptr_t verify_within(const struct range *range, uintptr_t start, uintptr_t end);

/*
 * For a call that failed, but may have done a part of its work: forgets what is in [start, end),
 * was added before generation, and is not mapped any more. If the kernel cannot be asked, it
 * forgets nothing. Leaves errno alone.
 */
void verify_known(uintptr_t start, uintptr_t end, uint64_t generation);

/* Forgets ranges of copies that are not mapped any more, so that these no longer count. */
void verify_copies(void);
