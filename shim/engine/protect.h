/* SPDX-License-Identifier: MIT */
/*
 * mprotect() and pkey_mprotect(). A converted range must never become writable, because writes
 * there would be lost. A copy of a file on a noexec mount must never become executable.
 */
#pragma once

#include "mapping.h"
#include "ranges.h"

#include <stddef.h>

enum { PROTECT_NO_KEY = -1 }; /* with this key pkey_mprotect(2) is mprotect(2) */

/*
 * pkey_mprotect(2) with PROT_WRITE or PROT_EXEC in prot. Fails with EACCES if [addr, addr + length)
 * has a part of such a range, as the kernel does for a shared mapping of a read-only file; changes
 * the memory before that part, as the kernel does (mm/mprotect.c works upwards).
 */
int protect(void *addr, size_t length, int prot, int key);

/*
 * Call it after such a call if the table has changed since before the call: another thread may have
 * added a range between the check and the call. It undoes the call's effect on that range, as if
 * the other thread had come first. result is the call's. A call that failed may have done a part,
 * and its error goes to the program.
 */
int protect_look_again(void *addr, size_t length, int prot, int result);

/*
 * For a range that was just added for call at an address that other threads know. Sets the
 * protection of the call, and drops all that was written before the range was known, as if that had
 * gone to the memory before the mapping. Leaves errno alone.
 */
void protect_anew(const struct range *range, const struct mapping *call);

/* Take it before a range moves: see protect_again(). */
uint64_t protect_generation(void);

/*
 * For a range that was just added at an address that other threads know: takes away the right that
 * one of them may have given it before the range was known. Leaves errno alone. generation: from
 * protect_generation() before the range moved there.
 */
void protect_again(const struct range *range, uint64_t generation);
