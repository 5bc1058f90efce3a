/* SPDX-License-Identifier: MIT */
/*
 * The record in a patched program.
 */
#pragma once

#include <stdint.h>

/* Begins a page, and precedes the trampolines. Marks a program as patched, and describes the
 * original. */
#define RECORD_MAGIC "privmap patched"
#define RECORD_ALIGN 4096 /* in the file, too */
struct patch_record {
	char magic[16];
	char version[16];   /* of the engine */
	uint64_t size, sum; /* of the original */
};
