/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libc in a patched program: errno, environ, getauxval(3), and dlsym(3) and
 * pthread_atfork(3), which find and do nothing.
 */
#pragma once

#include <stdint.h>

/* stack: as the kernel has laid it out for the program's start. */
void libc_begin(uintptr_t *stack);
