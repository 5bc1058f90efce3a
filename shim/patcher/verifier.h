/* SPDX-License-Identifier: MIT */
/*
 * Checks a patched file, read from disk again, against the original, by the bytes alone. It knows
 * nothing of the analysis, and shares no code with the writer of the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct verified {
	const uint8_t *original, *patched, *image;
	size_t original_size, patched_size, image_size;
	size_t sites;	    /* the expected number of windows */
	const char *reason; /* what is wrong, and where */
	uint64_t at;
};

/* False, with a reason. */
bool verify(struct verified *files);
