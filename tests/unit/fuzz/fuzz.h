/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is given bytes by libFuzzer (clang), and aborts when what
 * it asks of these does not hold; AddressSanitizer and UndefinedBehaviorSanitizer see the rest.
 * Built and run by tests/house/fuzz.sh.
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

/* The next size bytes of an input, zeros where it ends. */
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

/* count bytes of their own, and no more, so that what is read behind them is seen; to be freed. */
static inline void *input_copy(const void *bytes, size_t count)
{
	void *copy = malloc(count ? count : 1);

	MUST(copy);
	memcpy(copy, bytes, count);
	return copy;
}

#endif
