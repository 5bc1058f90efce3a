/* SPDX-License-Identifier: MIT */
/*
 * What an ELF file says of the program in it. Our own reader of two structures: commands and the
 * library for children look at every program that is started, the latter in signal handlers and
 * with little stack.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct elf {
	unsigned char class, data; /* EI_CLASS and EI_DATA */
	uint16_t machine;
	char interpreter[256]; /* the dynamic linker; "" for a static or static-pie program */
	bool go;	       /* built by the Go linker, which leaves a note */
	uint64_t patched;      /* it serves itself: where its record is (patched-record.h); or 0 */
	bool sound; /* the kernel takes it, if it takes this machine's and finds the interpreter */
};

/* Reads fd from its start. 0, ENOEXEC if it is no ELF program, or the errno of reading. */
int elf_look(int fd, struct elf *elf);
