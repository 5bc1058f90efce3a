/* SPDX-License-Identifier: MIT */
/*
 * mprotect and pkey_mprotect: a converted range must never become writable, because what is
 * written there would be lost; and a copy of a file on a noexec mount never executable.
 */
#pragma once

#include "mapping.h"
#include "ranges.h"

#include <stddef.h>

enum { PROTECT_NO_KEY = -1 }; /* what pkey_mprotect(2) takes for plain mprotect */

/*
 * As pkey_mprotect(2), for calls whose prot has PROT_WRITE or PROT_EXEC. A part of such a range in
 * [addr, addr + length): EACCES, as the kernel answers for a shared mapping that may not be
 * written, the memory before it changed as the kernel would have (mm/mprotect.c works upwards).
 */
int protect(void *addr, size_t length, int prot, int key);

/*
 * To be called when such a call was made and the table has changed since before it: another thread
 * may have put a range there between the look and the kernel's deed. Then the deed is undone, and
 * it is as if the other had come first. result is the call's; a call that failed has done a part,
 * and its error is the program's.
 */
int protect_look_again(void *addr, size_t length, int prot, int result);

/*
 * For a range that was just added for call, where other threads know the address: gives it the
 * protection of the call, and drops what was written there before it was known, as if that had been
 * written to what was there before the mapping came. errno is untouched.
 */
void protect_anew(const struct range *range, const struct mapping *call);

/* To be taken before a range is moved: see protect_again(). */
uint64_t protect_generation(void);

/*
 * For a range that was just added where other threads know the address: takes away what one of them
 * may have given it before the range was known. errno is untouched. generation: of before it
 * was moved there, by protect_generation().
 */
void protect_again(const struct range *range, uint64_t generation);
