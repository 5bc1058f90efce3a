/* SPDX-License-Identifier: MIT */
/*
 * The record in a patched program.
 */
#pragma once

#include <stdint.h>

/* Precedes the trampolines. Marks a program as patched, and describes the original. */
#define RECORD_MAGIC "privmap patched"
struct patch_record {
	char magic[16];
	char version[16];   /* of the engine */
	uint64_t size, sum; /* of the original */
};
