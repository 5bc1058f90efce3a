/* SPDX-License-Identifier: MIT */
/*
 * What an ELF file says of the program in it. Our own reader of two structures, because the
 * command looks at every program it starts and a library would cost more than the look.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct elf {
	unsigned char class, data; /* EI_CLASS and EI_DATA */
	uint16_t machine;
	char interpreter[256]; /* the dynamic linker; "" for a static or static-pie program */
	bool go;	       /* built by the Go linker, which leaves a note */
};

/* Reads fd from its start. 0, ENOEXEC if it is no ELF program, or the errno of reading. */
int elf_look(int fd, struct elf *elf);

/* "x86_64", "i386", ...; "machine 123" for others, in a buffer of the caller's (16 bytes). */
const char *elf_machine_name(const struct elf *elf, char *room);
