/* SPDX-License-Identifier: MIT */
/*
 * Replaces the other files in builds that cannot put the engine into programs: patch uses the
 * launcher.
 */
#include "patcher.h"

const char *patcher_missing(void)
{
	return "engines are put into programs for x86_64 only";
}

const char *patcher_version(void)
{
	return "";
}

bool patcher_make(struct patching *patching, const uint8_t *bytes, size_t size, uint64_t sum)
{
	(void)patching;
	(void)bytes;
	(void)size;
	(void)sum;
	return false;
}

bool patcher_verify(struct patching *patching, const uint8_t *original, size_t original_size,
		    const uint8_t *patched, size_t patched_size)
{
	(void)patching;
	(void)original;
	(void)original_size;
	(void)patched;
	(void)patched_size;
	return false;
}

void patching_forget(struct patching *patching)
{
	(void)patching;
}
