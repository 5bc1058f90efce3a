/*
 * Memory that the kernel wipes in a child of fork (MADV_WIPEONFORK, Linux 4.14): for what belongs
 * to threads that are not in the child. Children of vfork share it as it is.
 */
#ifndef PRIVMAP_WIPED_H
#define PRIVMAP_WIPED_H

#include <stdatomic.h>
#include <stddef.h>

/*
 * The memory that *known points to, made (zeroed, never given back) if that is NULL. NULL if there
 * is none. Any number of threads may call it at once; errno is untouched.
 */
void *wiped_memory(_Atomic(void *) *known, size_t size);

#endif
