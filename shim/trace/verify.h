/* SPDX-License-Identifier: MIT */
/*
 * The table of a traced process against the kernel's own view.
 */
#ifndef PRIVMAP_VERIFY_H
#define PRIVMAP_VERIFY_H

#include "maps.h"
#include "space.h"

/*
 * The first part of range, from the address at on, where the kernel still has what we mapped
 * (shown.h, shown_part): of the process of this worker's job.
 */
enum maps_answer verify_part(const struct range *range, uint64_t at, struct vma *part);

/*
 * The lowest address in [start, end), a part of range, which is whole, where that is so; 0:
 * nowhere. Where the kernel cannot be asked, start.
 */
uint64_t verify_within(const struct range *range, uint64_t start, uint64_t end);

/*
 * After a call that failed, and may have done a part of its work by then: forgets what lies in
 * [start, end), was added before moment, and is not there any more. Where the kernel cannot be
 * asked all stays: known too much is right, too little is not. Takes the lock of tracees.h.
 */
void verify_known(struct space *space, uint64_t start, uint64_t end, uint64_t moment);

#endif
