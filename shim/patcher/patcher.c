/* SPDX-License-Identifier: MIT */
/*
 * The steps of patching, in order.
 */
#include "patcher.h"

#include "code.h"
#include "emit.h"
#include "suspects.h"
#include "verifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The engine's file, from patched/bytes.S; its size is 0 in builds without the engine. */
extern const char patched_image_bytes[];
extern const uint32_t patched_image_size;

static bool take_engine(struct engine_image *image)
{
	return engine_image_take(image, (const void *)patched_image_bytes, patched_image_size);
}

const char *patcher_missing(void)
{
	struct engine_image image;

	if (!code_is_known())
		return "this privmapctl was built without Zydis";
	return take_engine(&image) ? NULL : "this privmapctl was built without the engine for it";
}

const char *patcher_version(void)
{
	struct engine_image image;
	static char version[sizeof(image.about->version) + 1];

	if (take_engine(&image))
		memcpy(version, image.about->version, sizeof(image.about->version));
	return version;
}

bool patcher_make(struct patching *patching, const uint8_t *bytes, size_t size, uint64_t sum)
{
	struct functions functions = { .all = NULL };
	struct engine_image image;
	struct binary binary;
	const char *missing = patcher_missing();

	memset(patching, 0, sizeof(*patching));
	if (missing || !take_engine(&image)) {
		snprintf(patching->reason, REASON, "%s", missing);
		return false;
	}
	if (binary_take(&binary, bytes, size, patching->reason) &&
	    functions_find(&functions, &binary) &&
	    sites_find(&patching->sites, &binary, &functions) &&
	    (suspects_clear(&binary, &functions, &patching->sites) ||
	     (sites_drop_optional(&patching->sites) &&
	      suspects_clear(&binary, &functions, &patching->sites))) &&
	    layout_make(&patching->layout, &binary, &image, &patching->sites))
		patching->bytes = emit(&binary, &patching->sites, &image, &patching->layout, sum,
				       &patching->size);
	patching->functions = functions.count;
	functions_forget(&functions);
	return patching->bytes;
}

bool patcher_verify(struct patching *patching, const uint8_t *original, size_t original_size,
		    const uint8_t *patched, size_t patched_size)
{
	struct verified files = { .original = original,
				  .original_size = original_size,
				  .patched = patched,
				  .patched_size = patched_size,
				  .image = (const void *)patched_image_bytes,
				  .image_size = patched_image_size,
				  .sites = patching->sites.count };

	if (verify(&files))
		return true;
	snprintf(patching->reason, REASON, "what was made is wrong: %s: 0x%lx", files.reason,
		 (unsigned long)files.at);
	return false;
}

void patching_forget(struct patching *patching)
{
	free(patching->bytes);
	patching->bytes = NULL;
}
