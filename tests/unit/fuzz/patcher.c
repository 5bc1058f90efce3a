/* SPDX-License-Identifier: MIT */
/*
 * patcher_make(), and patcher_verify() on its result. Input: a damage to the new file (place and
 * value), then the program, in memory of exactly its size.
 */
#include "fuzz.h"

#include "patcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct patching patching;
	struct input input = { bytes, size };
	uint32_t at;
	uint8_t value, *program;

	input_take(&input, &at, sizeof(at));
	value = input_byte(&input);
	program = input_copy(input.bytes, input.size);
	if (!patcher_make(&patching, program, input.size, 1)) {
		MUST(*patching.reason && !patching.bytes);
		MUST(memchr(patching.reason, '\0', REASON));
	} else {
		MUST(patching.size > input.size && patching.sites.count > 0);
		/* The patcher must not write an invalid file; it must know when it cannot patch. */
		MUST(patcher_verify(&patching, program, input.size, patching.bytes, patching.size));
		patching.bytes[at % patching.size] ^= value;
		patcher_verify(&patching, program, input.size, patching.bytes, patching.size);
	}
	MUST(input.size == 0 || memcmp(program, input.bytes, input.size) == 0);
	patching_forget(&patching);
	free(program);
	return 0;
}
