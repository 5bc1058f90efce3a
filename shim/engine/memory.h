/*
 * Memory for the library's own tables: zeroed, kept until the process ends.
 */
#ifndef PRIVMAP_MEMORY_H
#define PRIVMAP_MEMORY_H

#include <stdatomic.h>
#include <stddef.h>

/*
 * For what every program's start writes: with other data, and not wherever zeros would lie, for
 * each page that is touched costs a fault.
 */
#define AT_START __attribute__((section(".data")))

/*
 * Also where the process may have no more memory (RLIMIT_DATA, RLIMIT_AS), for a file mapping,
 * which these limits do not concern, shall not fail for that: then out of a reserve, until it is
 * used up. NULL if there is none.
 */
void *memory_kept(size_t size);

/*
 * Memory that the kernel wipes in a child of fork (MADV_WIPEONFORK, Linux 4.14), for what belongs
 * to threads that are not in the child; children of vfork share it as it is. It is what *known
 * points to, made if that is NULL. NULL if there is none. Any number of threads may call it at
 * once; errno is untouched.
 */
void *memory_wiped(_Atomic(void *) *known, size_t size);

#endif
