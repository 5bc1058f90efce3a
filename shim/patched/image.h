/* SPDX-License-Identifier: MIT */
/*
 * The engine's image: a file that privmapctl patch puts into static programs. This head is at the
 * start of the first of its two segments (R-X, then RW). Their distance in a program is the same as
 * in the image.
 */
#pragma once

#include <stdint.h>

#define PATCHED_MAGIC "privmap" /* 8 bytes */
enum { PATCHED_ABI = 1 };

/* Places are offsets from the image's first byte. */
struct patched_image {
	char magic[8];
	uint32_t abi, size; /* of this struct */
	char version[16];
	uint64_t start; /* where the patched program begins */
	uint64_t enter; /* the function that trampolines call */
	uint64_t relocations, relocations_end;
	int64_t original_entry; /* where the original began; privmapctl fills it in */
};
