/* SPDX-License-Identifier: MIT */
/*
 * The engine's image, and the place of it and of the trampolines in a program.
 */
#pragma once

#include "binary.h"
#include "image.h"
#include "patched-record.h"
#include "sites.h"

enum { PAGE = 4096 };

/* The checked file of the engine. */
struct engine_image {
	const uint8_t *bytes;
	const struct patched_image *about;
	Elf64_Phdr text, data;
};

/* False if this command does not know that engine. */
bool engine_image_take(struct engine_image *image, const uint8_t *bytes, size_t size);

/* Addresses, and offsets in the new file. */
struct layout {
	uint64_t address, offset; /* of the first new segment, which has code */
	uint64_t record;	  /* its offset in it; 0: program headers stay, else precede it */
	bool dropped[BINARY_SEGMENTS]; /* old program headers that are dropped */
	bool unnamed;		       /* section headers are dropped, so that strip(1) refuses */
	uint64_t trampolines;	       /* their offset in it */
	uint64_t image;		       /* the image's address */
	uint64_t data_offset, end_offset; /* of the second new segment; of what follows it */
	unsigned segments;		  /* the number of program headers */
};

/* Chooses all places. False, with a reason, if the engine does not fit into this program. */
bool layout_make(struct layout *layout, struct binary *binary, const struct engine_image *image,
		 const struct sites *sites);

static inline uint64_t page_up(uint64_t address)
{
	return (address + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}
