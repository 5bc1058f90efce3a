/* SPDX-License-Identifier: MIT */
/*
 * Maps a private copy of a part of a file, in place of a mapping that is refused.
 */
#ifndef PRIVMAP_BUFFER_H
#define PRIVMAP_BUFFER_H

#include "file.h"
#include "mapping.h"

/*
 * The same call, of a copy: a candidate's is mapped shared and read-only, so that the kernel
 * itself denies mprotect(+W); that of a refused private mapping is mapped private, and may be
 * written. file is call->fd's. MAP_FAILED if it cannot be, with the errno of
 * what failed: ENOTSUP with PROT_EXEC, EFBIG beyond the limits, EIO, ENOSPC, EMFILE... Nothing was
 * unmapped then, also with MAP_FIXED. errno is as it was before if it works.
 */
void *buffer_map(const struct mapping *call, const struct file *file);

#endif
