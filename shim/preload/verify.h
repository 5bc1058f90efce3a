/*
 * Ranges against the kernel's own view: what the table knows may have been replaced by a raw
 * system call, behind the library's back.
 */
#ifndef PRIVMAP_VERIFY_H
#define PRIVMAP_VERIFY_H

#include "ranges.h"

/*
 * The lowest address in range where the kernel still has what we mapped, 0 if nowhere. If the
 * kernel cannot be asked, all of it is taken for ours. Leaves errno alone.
 */
uintptr_t verify_range(const struct range *range);

/* Forgets what the table knows too much of copies, so that they count no more. */
void verify_copies(void);

#endif
