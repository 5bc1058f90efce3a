/* SPDX-License-Identifier: MIT */
/*
 * Shared by the fuzz targets. libFuzzer (clang) gives a target bytes; the target aborts if a check
 * fails. AddressSanitizer and UndefinedBehaviorSanitizer see the rest. tests/house/fuzz.sh builds
 * and runs them.
 */
#ifndef PRIVMAP_FUZZ_H
#define PRIVMAP_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MUST(holds)                                                                                \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #holds);                \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Returns the next size bytes of an input, and zeros after its end. */
struct input {
	const uint8_t *bytes;
	size_t size;
};

static inline void input_take(struct input *input, void *to, size_t size)
{
	size_t there = size < input->size ? size : input->size;

	memset(to, 0, size);
	memcpy(to, input->bytes, there);
	input->bytes += there;
	input->size -= there;
}

static inline uint8_t input_byte(struct input *input)
{
	uint8_t byte;

	input_take(input, &byte, sizeof(byte));
	return byte;
}

/*
 * Copies count bytes into a block of exactly that size, so that reads beyond it are seen. The
 * caller frees it.
 */
static inline void *input_copy(const void *bytes, size_t count)
{
	void *copy = malloc(count ? count : 1);

	MUST(copy);
	memcpy(copy, bytes, count);
	return copy;
}

#endif
