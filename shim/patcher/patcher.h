/* SPDX-License-Identifier: MIT */
/*
 * Puts the engine into a static program: reads its code, proves that each place can be patched, and
 * makes the bytes of the new file. Refuses the whole program if a place cannot be proven.
 */
#pragma once

#include "binary.h"
#include "layout.h"
#include "sites.h"

/* The findings, and the new file. */
struct patching {
	char reason[REASON]; /* why the program is refused */
	struct sites sites;
	size_t functions;
	struct layout layout;
	uint8_t *bytes; /* of the new file */
	size_t size;
};

/* Returns NULL if this build can patch, else why it cannot. */
const char *patcher_missing(void);

/* Returns the version of the engine in this command. */
const char *patcher_version(void);

/*
 * Makes the bytes of the new file. sum is that of the original, for the record. False, with a
 * reason.
 */
bool patcher_make(struct patching *patching, const uint8_t *bytes, size_t size, uint64_t sum);

/* Checks a patched file against its original, both as read from disk. False, with a reason. */
bool patcher_verify(struct patching *patching, const uint8_t *original, size_t original_size,
		    const uint8_t *patched, size_t patched_size);

void patching_forget(struct patching *patching);
