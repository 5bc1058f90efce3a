/* SPDX-License-Identifier: MIT */
/*
 * The record that a patched program has of itself.
 */
#pragma once

#include <stdint.h>

/* What stands in front of the trampolines: tells that a program is patched, and what it was. */
#define RECORD_MAGIC "privmap patched"
struct patch_record {
	char magic[16];
	char version[16];   /* of the engine */
	uint64_t size, sum; /* of the original */
};
