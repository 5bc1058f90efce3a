/* SPDX-License-Identifier: MIT */
/*
 * Supplies the few functions of libc that the engine uses, because it cannot use the program's.
 */
#include "libc.h"

#include "enter.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Both are written at the start, before there is another thread. */
char **environ;
static const Elf64_auxv_t *auxv;

void libc_begin(uintptr_t *stack)
{
	char **end;

	environ = (char **)(stack + 1 + *stack + 1);
	for (end = environ; *end;)
		end++;
	auxv = (const void *)(end + 1);
}

unsigned long getauxval(unsigned long type)
{
	for (const Elf64_auxv_t *one = auxv; one->a_type != AT_NULL; one++)
		if (one->a_type == type)
			return one->a_un.a_val;
	return 0;
}

/* At the start of the engine's stack (enter.h). */
int *__errno_location(void)
{
	return (int *)((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)(PATCHED_STACK - 1));
}

/* Compilers call it in place of memcmp(3) if the order does not matter. */
int bcmp(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size);
}

/* There are no libraries, so there is no next one. */
void *dlsym(void *restrict handle, const char *restrict name)
{
	(void)handle;
	(void)name;
	return NULL;
}

/* The engine does not learn when a static program forks. */
int pthread_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void))
{
	(void)before;
	(void)in_parent;
	(void)in_child;
	return 0;
}
