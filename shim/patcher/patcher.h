/* SPDX-License-Identifier: MIT */
/*
 * Puts the engine into a static program: reads its code, proves each place where it is to be
 * entered, and makes the new file's bytes. What cannot be proven is refused as a whole.
 */
#pragma once

#include "binary.h"
#include "layout.h"
#include "sites.h"

/* What was found, and made. */
struct patching {
	char reason[REASON]; /* why it is refused */
	struct sites sites;
	size_t functions;
	struct layout layout;
	uint8_t *bytes; /* the new file's */
	size_t size;
};

/* Whether this build can; else why not. */
const char *patcher_missing(void);

/* The engine's, in this command. */
const char *patcher_version(void);

/* Makes the new file's bytes. sum is the original's, for the record. False, with a reason. */
bool patcher_make(struct patching *patching, const uint8_t *bytes, size_t size, uint64_t sum);

/* Whether the patched file is what it should be: both as they are on the disk. False, with a
 * reason. */
bool patcher_verify(struct patching *patching, const uint8_t *original, size_t original_size,
		    const uint8_t *patched, size_t patched_size);

void patching_forget(struct patching *patching);
