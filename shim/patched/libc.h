/* SPDX-License-Identifier: MIT */
/*
 * Replaces libc in a patched program: errno, environ, getauxval(3), and dlsym(3) and
 * pthread_atfork(3), which do nothing.
 */
#pragma once

#include <stdint.h>

/* stack: as the kernel made it for the program's start. */
void libc_begin(uintptr_t *stack);
