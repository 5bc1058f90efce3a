/*
 * mprotect and pkey_mprotect: a converted range must never become writable, because what is
 * written there would be lost.
 */
#ifndef PRIVMAP_PROTECT_H
#define PRIVMAP_PROTECT_H

#include <stddef.h>

enum { PROTECT_NO_KEY = -1 }; /* what pkey_mprotect(2) takes for plain mprotect */

/*
 * As pkey_mprotect(2), for calls whose prot has PROT_WRITE. A part of a converted range in
 * [addr, addr + length): EACCES, as the kernel answers for a shared mapping that may not be
 * written, the memory before it changed as the kernel would have (mm/mprotect.c works upwards).
 */
int protect_write(void *addr, size_t length, int prot, int pkey);

#endif
