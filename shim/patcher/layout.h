/* SPDX-License-Identifier: MIT */
/*
 * The engine's image, and where it and the trampolines come to lie in a program.
 */
#pragma once

#include "binary.h"
#include "image.h"
#include "patched-record.h"
#include "sites.h"

enum { PAGE = 4096 };

/* The engine's file, checked. */
struct engine_image {
	const uint8_t *bytes;
	const struct patched_image *about;
	Elf64_Phdr text, data;
};

/* False: it is not one that this command knows. */
bool engine_image_take(struct engine_image *image, const uint8_t *bytes, size_t size);

/* Addresses, and offsets in the new file. */
struct layout {
	uint64_t address, offset;	  /* of the first new segment, that of code */
	uint64_t headers;		  /* the program headers, from its start; 0: they stay */
	bool dropped[BINARY_SEGMENTS];	  /* which of the old ones make room */
	uint64_t trampolines;		  /* from its start */
	uint64_t image;			  /* the image's address */
	uint64_t data_offset, end_offset; /* the second new segment; where the file goes on */
	unsigned segments;		  /* how many program headers there will be */
};

/* Where all goes. False, with a reason: it cannot be put into this program. */
bool layout_make(struct layout *layout, struct binary *binary, const struct engine_image *image,
		 const struct sites *sites);

static inline uint64_t page_up(uint64_t address)
{
	return (address + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}
