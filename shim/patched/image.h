/* SPDX-License-Identifier: MIT */
/*
 * The engine's image: a file that privmapctl patch puts into static programs. It stands at the
 * start of the first of its two segments (R-X, then RW), which lie as far from each other in a
 * program as in the image.
 */
#pragma once

#include <stdint.h>

#define PATCHED_MAGIC "privmap" /* 8 bytes */
enum { PATCHED_ABI = 1 };

/* Places are distances from the image's first byte. */
struct patched_image {
	char magic[8];
	uint32_t abi, size; /* of this struct */
	char version[16];
	uint64_t start; /* where the program begins */
	uint64_t enter; /* what trampolines call */
	uint64_t relocations, relocations_end;
	int64_t original_entry; /* where the program began; privmapctl fills it */
};
