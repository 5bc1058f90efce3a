/* SPDX-License-Identifier: MIT */
/*
 * Reads from an ELF file what kind of program it is. The commands and the library for children look
 * at every program that starts, the library also in signal handlers and with little stack.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct elf {
	unsigned char class, data; /* EI_CLASS and EI_DATA */
	uint16_t machine;
	char interpreter[256]; /* the dynamic linker; "" for a static or static-pie program */
	bool go;	       /* built by the Go linker, which leaves a note */
	uint64_t patched;      /* 0, or the offset of its record (patched-record.h) */
	bool sound; /* the kernel starts it, if it is for this machine and its interpreter exists */
};

/* Reads fd from its start. 0, ENOEXEC if it is not an ELF program, or the errno of reading. */
int elf_look(int fd, struct elf *elf);
