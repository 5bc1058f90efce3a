/* SPDX-License-Identifier: MIT */
/*
 * Makes the patched file's bytes.
 */
#pragma once

#include "layout.h"

/* Returns a new file of *size bytes, from malloc; NULL, with a reason. sum is that of the original,
 * for the record. */
uint8_t *emit(struct binary *binary, const struct sites *sites, const struct engine_image *image,
	      const struct layout *layout, uint64_t sum, size_t *size);
